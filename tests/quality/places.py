# SPDX-License-Identifier: Apache-2.0
"""Files that hold a credential by their own format: name -> function of dice that returns (file name, text)."""
import base64
import json

import samples
from families import ALNUM, HEX, UPPER, mixed

PLACES = {}


def place(fn):
    PLACES[fn.__name__.replace("_", "-")] = fn
    return fn


def pw(d, n=16):
    return mixed(d, ALNUM, n)


@place
def git_credentials(d):
    return ".git-credentials", f"https://deploy:{pw(d)}@git.acme.io\n"


@place
def netrc(d):
    return ".netrc", f"machine git.acme.io\n  login deploy\n  password {pw(d)}\n"


@place
def netrc_line(d):
    return "_netrc", f"machine git.acme.io login deploy password {pw(d)}\n"


@place
def pgpass(d):
    return ".pgpass", f"db.acme.io:5432:shop:app:{pw(d)}\n"


@place
def npmrc(d):
    return ".npmrc", f"//npm.acme.io/:_authToken={pw(d, 36)}\n"


@place
def pypirc(d):
    return ".pypirc", f"[acme]\nrepository: https://pypi.acme.io\nusername: deploy\npassword: {pw(d)}\n"


@place
def docker_config(d):
    return "config.json", json.dumps({"auths": {"registry.acme.io": {"auth": base64.b64encode(f"deploy:{pw(d)}".encode()).decode()}}})


@place
def kubeconfig(d):
    return "kubeconfig", f"users:\n- name: admin\n  user:\n    client-key-data: {samples.MAKERS['pem-base64'](d)}\n"


@place
def htpasswd(d):
    return ".htpasswd", f"admin:$apr1${mixed(d, ALNUM, 8)}${mixed(d, ALNUM, 22)}\n"


@place
def shadow(d):
    return "shadow", f"root:$6${mixed(d, ALNUM, 16)}${mixed(d, ALNUM, 86)}:19700:0:99999:7:::\n"


@place
def filezilla(d):
    return "sitemanager.xml", f"<Server><Host>ftp.acme.io</Host><User>web</User><Pass encoding=\"base64\">{base64.b64encode(pw(d).encode()).decode()}</Pass></Server>\n"


@place
def wp_config(d):
    return "wp-config.php", f"<?php\ndefine( 'DB_NAME', 'blog' );\ndefine( 'DB_PASSWORD', '{pw(d)}' );\n"


@place
def django_settings(d):
    return "settings.py", f"SECRET_KEY = 'django-insecure-{mixed(d, ALNUM, 30)}#{mixed(d, ALNUM, 19)}'\n"


@place
def rails_secrets(d):
    return "secrets.yml", f"production:\n  secret_key_base: {mixed(d, HEX, 128)}\n"


@place
def maven_settings(d):
    return "settings.xml", f"<server>\n  <id>releases</id>\n  <username>deploy</username>\n  <password>{pw(d)}</password>\n</server>\n"


@place
def nuget_config(d):
    return "NuGet.config", f"<packageSourceCredentials><acme>\n<add key=\"ClearTextPassword\" value=\"{pw(d)}\" />\n</acme></packageSourceCredentials>\n"


@place
def jdbc(d):
    return "datasource.properties", f"spring.datasource.url=jdbc:postgresql://db.acme.io/shop?user=app&password={pw(d)}\n"


@place
def dsn(d):
    return "main.go", f"db, err := sql.Open(\"postgres\", \"host=db.acme.io user=app password={pw(d)} dbname=shop\")\n"


@place
def ado_connection_string(d):
    return "appsettings.json", json.dumps({"ConnectionStrings": {"Main": f"Server=db.acme.io;Database=shop;User Id=app;Password={pw(d)};"}})


@place
def mongodb_url(d):
    return "db.js", f"mongoose.connect('mongodb+srv://app:{pw(d)}@cluster0.ab1cd.mongodb.net/shop')\n"


@place
def redis_url(d):
    return ".env", f"REDIS_URL=redis://:{pw(d, 20)}@cache.acme.io:6379/0\n"


@place
def basic_header(d):
    return "request.http", f"GET / HTTP/1.1\nAuthorization: Basic {base64.b64encode(f'deploy:{pw(d)}'.encode()).decode()}\n"


@place
def bearer_header(d):
    return "test.sh", f"curl -H \"Authorization: Bearer {pw(d, 40)}\" https://api.acme.io/\n"


@place
def curl_user(d):
    return "deploy.sh", f"curl -u deploy:{pw(d)} -T app.tgz https://files.acme.io/\n"


@place
def jwk(d):
    return "jwks.json", samples.MAKERS["jwk"](d)


@place
def putty(d):
    return "key.ppk", samples.MAKERS["putty-ppk"](d)


@place
def pem(d):
    return "server.key", samples.MAKERS["pem-private"](d) + "\n"


@place
def pem_in_source(d):
    return "key.go", "const key = \"" + samples.MAKERS["pem-private"](d).replace("\n", "\\n") + "\"\n"


@place
def openssh(d):
    return "id_ed25519", samples.MAKERS["openssh-private"](d) + "\n"


@place
def pgp(d):
    return "key.asc", samples.MAKERS["pgp-private"](d) + "\n"


@place
def gcp_service_account(d):
    return "sa.json", samples.MAKERS["gcp-service-account"](d)


@place
def azure_connection_string(d):
    return "local.settings.json", f"\"AzureWebJobsStorage\": \"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={base64.b64encode(d.bytes(64)).decode()};\"\n"


@place
def azure_sas(d):
    return "links.md", f"https://acme.blob.core.windows.net/backup/db.bak?{samples.MAKERS['azure-sas'](d)}\n"


@place
def wireguard(d):
    return "wg0.conf", f"[Interface]\nPrivateKey = {samples.MAKERS['wireguard'](d)}\n"


@place
def ansible_inventory(d):
    return "hosts.ini", f"[web]\nweb1 ansible_host=web1.acme.io ansible_user=root ansible_password={pw(d)}\n"


@place
def sshpass(d):
    return "copy.sh", f"sshpass -p '{pw(d)}' scp app.tgz root@web1.acme.io:/srv\n"


@place
def aws_credentials(d):
    return "credentials", f"[default]\naws_access_key_id = {samples.MAKERS['aws-key-id'](d)}\naws_secret_access_key = {samples.MAKERS['aws-secret'](d)}\n"


@place
def mysql_command(d):
    return "backup.sh", f"export MYSQL_PWD={pw(d)}\nmysqldump shop > dump.sql\n"


@place
def stripe_webhook(d):
    return "hook.js", f"const endpointSecret = 'whsec_{mixed(d, ALNUM, 32)}';\n"


@place
def slack_workflow(d):
    return "notify.yml", f"url: https://hooks.slack.com/services/T{mixed(d, UPPER, 9)}1/B{mixed(d, UPPER, 9)}2/{mixed(d, ALNUM, 24)}\n"
