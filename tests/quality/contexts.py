# SPDX-License-Identifier: Apache-2.0
"""Places that credentials are committed in: name -> function of (variable, token) that returns (file name, bytes)."""
import base64
import gzip
import io
import json
import tarfile
import urllib.parse
import zipfile

CONTEXTS = {}
LOREM = "The quick brown fox jumps over the lazy dog. "


def context(name, file):
    def note(fn):
        CONTEXTS[name] = (file, fn)
        return fn
    return note


def text(name, file, template):
    """@NAME@, in small letters @LOWER@, as in JavaScript @CAMEL@, and @TOKEN@ stand in the template."""
    def fill(variable, token):
        words = variable.lower().split("_")
        camel = words[0] + "".join(w.title() for w in words[1:])
        return template.replace("@NAME@", variable).replace("@LOWER@", variable.lower()).replace("@CAMEL@", camel).replace("@TOKEN@", token).encode()
    CONTEXTS[name] = (file, fill)


text("dotenv", ".env", "# settings\nPORT=8080\n@NAME@=@TOKEN@\nDEBUG=0\n")
text("dotenv-quoted", ".env.production", "export @NAME@=\"@TOKEN@\"\n")
text("yaml", "config.yaml", "service:\n  port: 8080\n  @LOWER@: @TOKEN@\n")
text("yaml-list", "compose.yml", "services:\n  app:\n    environment:\n      - @NAME@=@TOKEN@\n")
text("json", "config.json", "{\"port\": 8080, \"@CAMEL@\": \"@TOKEN@\"}\n")
text("toml", "config.toml", "[service]\n@LOWER@ = \"@TOKEN@\"\n")
text("ini", "app.ini", "[service]\n@LOWER@ = @TOKEN@\n")
text("properties", "application.properties", "server.port=8080\nservice.@CAMEL@=@TOKEN@\n")
text("xml-element", "config.xml", "<config>\n  <@CAMEL@>@TOKEN@</@CAMEL@>\n</config>\n")
text("xml-attribute", "web.config", "<appSettings>\n  <add key=\"@NAME@\" value=\"@TOKEN@\" />\n</appSettings>\n")
text("python", "settings.py", "import os\n\n@NAME@ = \"@TOKEN@\"\n")
text("python-dict", "client.py", "config = {'@LOWER@': '@TOKEN@', 'timeout': 3}\n")
text("python-call", "call.py", "client = Client(@LOWER@=\"@TOKEN@\")\n")
text("javascript", "config.js", "export const @CAMEL@ = '@TOKEN@';\n")
text("typescript", "env.ts", "const @CAMEL@: string = \"@TOKEN@\";\n")
text("go", "main.go", "package main\n\nvar @CAMEL@ = \"@TOKEN@\"\n")
text("java", "Config.java", "class Config {\n    private static final String @NAME@ = \"@TOKEN@\";\n}\n")
text("csharp", "Config.cs", "public const string @CAMEL@ = \"@TOKEN@\";\n")
text("php", "config.php", "<?php\n$@LOWER@ = '@TOKEN@';\ndefine('@NAME@', '@TOKEN@');\n")
text("ruby", "config.rb", "ENV['@NAME@'] ||= '@TOKEN@'\n")
text("rust", "main.rs", "const @NAME@: &str = \"@TOKEN@\";\n")
text("shell", "deploy.sh", "#!/bin/sh\nexport @NAME@='@TOKEN@'\n./deploy\n")
text("powershell", "deploy.ps1", "$env:@NAME@ = \"@TOKEN@\"\n")
text("dockerfile", "Dockerfile", "FROM scratch\nENV @NAME@=@TOKEN@\n")
text("workflow", "ci.yml", "jobs:\n  a:\n    env:\n      @NAME@: @TOKEN@\n")
text("terraform", "main.tf", "variable \"@LOWER@\" {\n  default = \"@TOKEN@\"\n}\n")
text("tfvars", "prod.tfvars", "@LOWER@ = \"@TOKEN@\"\n")
text("http-bearer", "request.http", "GET /v1/items HTTP/1.1\nHost: api.acme.io\nX-@NAME@: @TOKEN@\n")
text("url-query", "links.txt", "https://api.acme.io/v1/items?@LOWER@=@TOKEN@&page=2\n")
text("log", "app.log", "2026-01-02T03:04:05Z INFO starting with @NAME@=@TOKEN@ pid=77\n")
text("markdown", "NOTES.md", "# Notes\n\nUse `@NAME@=@TOKEN@` for now.\n")
text("comment", "main.c", "/* @NAME@: @TOKEN@ */\nint main(void) { return 0; }\n")
text("minified", "app.min.js", "!function(e,t){var n={};function r(o){if(n[o])return n[o].exports}r.m=e}({},{" + "a:1,b:function(e){return e*2}," * 40
     + "@CAMEL@:\"@TOKEN@\",c:2});\n")
text("long-line", "data.json", "{\"pad\":\"" + LOREM * 4000 + "\",\"@LOWER@\":\"@TOKEN@\",\"more\":\"" + LOREM * 4000 + "\"}\n")
text("crlf", "settings.cfg", "[service]\r\n@NAME@=@TOKEN@\r\nport=1\r\n")
text("sql", "dump.sql", "INSERT INTO settings (name, value) VALUES ('@NAME@', '@TOKEN@');\n")
text("csv", "settings.csv", "name,value\n@NAME@,@TOKEN@\n")


def plain(variable, token):
    return f"# settings\n{variable}={token}\n"


@context("notebook", "analysis.ipynb")
def notebook(variable, token):
    cell = {"cell_type": "code", "source": ["import os\n", f"os.environ[\"{variable}\"] = \"{token}\"\n"], "outputs": []}
    return json.dumps({"cells": [cell], "nbformat": 4}, indent=1).encode()


@context("json-in-json", "event.json")
def nested(variable, token):
    return json.dumps({"body": json.dumps({variable.lower(): token})}).encode()


@context("source-map", "app.js.map")
def source_map(variable, token):
    return json.dumps({"version": 3, "sourcesContent": [f"const {variable} = \"{token}\";\n"]}).encode()


@context("utf-16-le-mark", "settings.reg")
def utf16_mark(variable, token):
    return b"\xff\xfe" + plain(variable, token).encode("utf-16-le")


@context("utf-16-be-mark", "settings.txt")
def utf16_be_mark(variable, token):
    return b"\xfe\xff" + plain(variable, token).encode("utf-16-be")


@context("utf-16-le", "settings.dat")
def utf16(variable, token):
    return plain(variable, token).encode("utf-16-le")


@context("utf-16-be", "settings.dmp")
def utf16_be(variable, token):
    return plain(variable, token).encode("utf-16-be")


@context("latin-1", "einstellungen.ini")
def latin(variable, token):
    return f"; Schl\xfcssel f\xfcr den Zugang\n{variable}={token}\n".encode("latin-1")


# -- encoded: for kinds whose tokens have a shape of their own ------------------------------------------


@context("base64", "values.yaml")
def b64(variable, token):
    return b"data:\n  config: " + base64.b64encode(plain(variable, token).encode()) + b"\n"


@context("base64-wrapped", "blob.txt")
def b64_wrapped(variable, token):
    return base64.encodebytes((LOREM * 3 + plain(variable, token) + LOREM * 3).encode())


@context("kubernetes-secret", "secret.yaml")
def kubernetes(variable, token):
    return (f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\ntype: Opaque\ndata:\n  {variable}: ".encode() + base64.b64encode(token.encode()) + b"\n")


@context("hex", "blob.hex")
def hexed(variable, token):
    return plain(variable, token).encode().hex().encode() + b"\n"


@context("percent", "query.txt")
def percent(variable, token):
    return ("body=" + "".join(f"%{ord(c):02X}" for c in plain(variable, token)) + "\n").encode()


@context("url-encoded", "form.txt")
def url_encoded(variable, token):
    return ("data=" + urllib.parse.quote(plain(variable, token), safe="") + "\n").encode()


@context("unicode-escapes", "messages.properties")
def escaped(variable, token):
    return ("text=" + "".join(f"\\u{ord(c):04x}" for c in plain(variable, token)) + "\n").encode()


@context("binary", "app.bin")
def binary(variable, token):
    return b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 8 + token.encode() + b"\0" + bytes(range(256)) * 8


@context("zip", "backup.zip")
def zipped(variable, token):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo("conf/.env"), plain(variable, token))
    return out.getvalue()


@context("gzip", "backup.env.gz")
def gzipped(variable, token):
    return gzip.compress(plain(variable, token).encode(), mtime=0)


@context("tar", "backup.tar")
def tarred(variable, token):
    out, body = io.BytesIO(), plain(variable, token).encode()
    with tarfile.open(fileobj=out, mode="w") as t:
        info = tarfile.TarInfo("conf/.env")
        info.size = len(body)
        t.addfile(info, io.BytesIO(body))
    return out.getvalue()


# What is found by its name alone is not looked for where the name is away, in another line or encoded.
NEED_SHAPE = {"terraform", "csv", "base64", "base64-wrapped", "kubernetes-secret", "hex", "percent", "url-encoded", "unicode-escapes", "binary"}
