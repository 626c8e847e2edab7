# SPDX-License-Identifier: Apache-2.0
"""Text in which nothing is to be found: name -> function of dice that returns (file name, text)."""
import base64
import json
import uuid as uuids

import samples
from families import ALNUM, B64, HEX

CLEAN = {}
DOTS = "..."


def clean(fn):
    CLEAN[fn.__name__.replace("_", "-")] = fn
    return fn


def sha512(d):
    return base64.b64encode(d.bytes(64)).decode()


def guid(d):
    return str(uuids.UUID(bytes=d.bytes(16), version=4))


def word(d):
    return d.pick("bcdfgklmnprst", 1) + d.pick("aeiou", 1) + d.pick("lmnrst", 1) + d.pick("aeiou", 1) + d.pick("cdgkmnt", 1)


# -- lock files -----------------------------------------------------------------------------------------


@clean
def package_lock(d):
    return "package-lock.json", json.dumps({"packages": {f"node_modules/{word(d)}-token": {
        "version": "1.2.3", "resolved": f"https://registry.npmjs.org/x/-/x-{i}.tgz", "integrity": "sha512-" + sha512(d)} for i in range(60)}}, indent=1)


@clean
def yarn_lock(d):
    return "yarn.lock", "".join(f"\"@acme/{word(d)}-secret@^1.0.{i}\":\n  version \"1.0.{i}\"\n  resolved \"https://registry.yarnpkg.com/a/-/a-{i}.tgz#{d.pick(HEX, 40)}\"\n"
                                f"  integrity sha512-{sha512(d)}\n" for i in range(60))


@clean
def pnpm_lock(d):
    return "pnpm-lock.yaml", "".join(f"  /{word(d)}-auth-token@{i}.0.0:\n    resolution: {{integrity: sha512-{sha512(d)}}}\n" for i in range(60))


@clean
def go_sum(d):
    return "go.sum", "".join(f"github.com/acme/{word(d)}-key v1.0.{i} h1:{base64.b64encode(d.bytes(32)).decode()}\n" for i in range(80))


@clean
def cargo_lock(d):
    return "Cargo.lock", "".join(f"[[package]]\nname = \"{word(d)}-secrets\"\nversion = \"0.{i}.0\"\nchecksum = \"{d.pick(HEX, 64)}\"\n\n" for i in range(60))


@clean
def poetry_lock(d):
    return "poetry.lock", "".join(f"files = [\n    {{file = \"{word(d)}_token-1.{i}.whl\", hash = \"sha256:{d.pick(HEX, 64)}\"}},\n]\n" for i in range(60))


@clean
def pipfile_lock(d):
    return "Pipfile.lock", json.dumps({"default": {word(d): {"hashes": ["sha256:" + d.pick(HEX, 64) for _ in range(4)]} for _ in range(20)}}, indent=1)


@clean
def gemfile_lock(d):
    return "Gemfile.lock", "GIT\n  remote: https://github.com/acme/auth.git\n" + "".join(f"  revision: {d.pick(HEX, 40)}\n    {word(d)}-token (1.{i})\n" for i in range(40))


@clean
def composer_lock(d):
    return "composer.lock", json.dumps({"content-hash": d.pick(HEX, 32), "packages": [
        {"name": f"acme/{word(d)}-auth", "source": {"reference": d.pick(HEX, 40)}, "dist": {"shasum": d.pick(HEX, 40), "reference": d.pick(HEX, 40)}} for _ in range(30)]}, indent=1)


@clean
def terraform_lock(d):
    return ".terraform.lock.hcl", "provider \"registry.terraform.io/hashicorp/vault\" {\n  hashes = [\n" + "".join(
        f"    \"h1:{base64.b64encode(d.bytes(32)).decode()}\",\n    \"zh:{d.pick(HEX, 64)}\",\n" for _ in range(20)) + "  ]\n}\n"


@clean
def checksums(d):
    return "SHA256SUMS", "".join(f"{d.pick(HEX, 64)}  {word(d)}-secret-{i}.tar.gz\n" for i in range(60))


@clean
def git_log(d):
    return "history.txt", "".join(f"commit {d.pick(HEX, 40)}\n    auth: rotate the token of {word(d)} ({d.pick(HEX, 9)})\n" for i in range(60))


# -- documentation --------------------------------------------------------------------------------------


@clean
def readme_placeholders(d):
    names = ["API_KEY", "SECRET_KEY", "ACCESS_TOKEN", "CLIENT_SECRET", "DB_PASSWORD", "GITHUB_TOKEN", "OPENAI_API_KEY", "STRIPE_SECRET_KEY"]
    values = ["your-api-key-here", "<your token>", "YOUR_API_KEY", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "changeme", "************", "${SECRET}", "replace-me-with-your-key",
              "abcdef1234567890abcdef1234567890", "1234567890abcdef", "my-super-secret-token", "example-token-value", "insert_token_here", "TO" + "DO", DOTS, "[REDACTED]", "{{ secret }}",
              "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "ghp_" + "x" * 36, "ghp_" + "X" * 36, "AKIA" + "X" * 16, "sk_live_" + "x" * 24, "xoxb-your-bot-token"]
    return "README.md", "# Setup\n\n```\n" + "".join(f"export {n}={v}\n{n.lower()}: \"{v}\"\n" for n in names for v in values) + "```\n"


@clean
def vendors_examples(d):
    key, secret = "AKIA" + "IOSFODNN7" + "EXAMPLE", "wJalrXUtnFEMI" + "/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"
    return "aws.md", (f"aws_access_key_id = {key}\naws_secret_access_key = {secret}\nAWS_SECRET_ACCESS_KEY={secret}\n"
                      + "curl https://api.stripe.com/v1/charges -u sk_test_" + "4eC39HqLyjWDarjtT1zdp7dc:\n"
                      + "curl -u user:password https://example.com\ncurl -u name:passwd ftp://ftp.example.com/\npostgres://user:password@localhost:5432/db\n"
                      + "https://username:password@example.com/\nmachine example.com login user password secret\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"
                      + "Authorization: Bearer mF_9.B5f-4.1JqM\nAuthorization: Bearer <token>\nAuthorization: Bearer YOUR_TOKEN\n\"access_token\":\"2YotnFZFEjr1zCsicMWpAA\"\n")


@clean
def rfc_tokens(d):
    del d
    head, body = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
    return "jwt.md", f"    {head}.{body}.{'SflKxwRJSMeKKF2QT4fw'}pMeJf36POk6yJV_adQssw5c\n"


@clean
def prose(d):
    del d
    return "guide.md", """The password is never written to the log. A token = something that you hold; a secret: something that you know.
Password authentication (keyboard-interactive) is off; set `password_hash` to what `mkpasswd` prints. Missing passphrase errors (Tobias Mueller) are gone.
The key (user+password) is kept in the keychain. See [Secret scanning](https://docs.acme.io/secret-scanning#about-secret-scanning) and `derivePassword`, `sha256sum`.
Options: `--password PASSWORD`, `--token-file FILE`, `--api-key-env NAME`. Secrets: `aws-sm://prod/db`, `vault://kv/data/db#password`, `op://vault/item/field`.
The private key begins with -----BEGIN PRIVATE KEY----- and the public one with -----BEGIN PUBLIC KEY-----.
A GitHub token begins with ghp_, gho_, ghu_, ghs_ or ghr_; a fine-grained one with github_pat_; npm's with npm_; AWS's with AKIA.
"""


# -- code -----------------------------------------------------------------------------------------------


@clean
def lookups(d):
    del d
    return "config.py", """import os
API_KEY = os.environ["API_KEY"]
password = os.getenv("DB_PASSWORD", "")
token = config.get("auth", "token")
secret = settings.SECRET_KEY
client = Client(api_key=api_key, token=self.token, password=password or None)
access_token = response.json()["access_token"]
passwd = getpass.getpass("Password: ")
self.password = hashlib.sha256(password.encode()).hexdigest()
def login(user=None, password=None, token=DEFAULT_TOKEN): pass
raise ValueError("Invalid password or PKCS12 data")
assert token == expected_token_value_from_server
auth_header = {"Authorization": f"Bearer {token}"}
url = f"postgres://{user}:{password}@{host}/{name}"
"""


@clean
def more_lookups(d):
    del d
    return "config.ts", """const apiKey = process.env.API_KEY!;
const token = await getSecret('prod/api/token');
const password = req.body.password;
export const SECRET_TOKEN_HEADER = 'x-secret-token-header';
const passwordInputPlaceholder = 'Enter your new password';
this.accessToken = this.configService.get<string>('ACCESS_TOKEN');
headers: { Authorization: `Bearer ${accessToken}` },
const TOKEN_TYPE_IDENTIFIER = "urn:ietf:params:oauth:token-type:access_token";
if (password.length < 8) throw new Error('password too short');
const authenticationTokenProvider = new AuthenticationTokenProvider();
const secretKeyBase64Encoded = Buffer.from(secretKey).toString('base64');
"""


@clean
def c_source(d):
    del d
    return "auth.c", """static const char password_prompt[] = "Password for '%s': ";
passwd.tchar_ptr = convert_UTF8_to_tchar(passwdp);
extern int check_password(struct user *user, const char *password, size_t password_len);
#define AUTH_TOKEN_LENGTH_MAXIMUM 4096
SECStatus PK11_DoPassword(PK11SlotInfo *slot, CK_SESSION_HANDLE session);
typedef char *(*PK11PasswordFunc)(PK11SlotInfo *slot, PRBool retry, void *arg);
case ERROR_PASSWORD_EXPIRED: error = EACCES; break;
OID_CLIENT_AUTH = ExtendedKeyUsageOID_CLIENT_AUTH;
static struct token tokens[] = { { TOKEN_IDENTIFIER, "identifier" }, { TOKEN_STRING_LITERAL, "string" } };
"""


@clean
def go_source(d):
    del d
    return "auth.go", """var errNoPasswordSet = errors.New("aes7z: no password set")
token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
secretName := "projects/acme/secrets/db-password/versions/latest"
cfg.ClientSecret = os.Getenv("CLIENT_SECRET")
const defaultTokenPath = "/var/run/secrets/kubernetes.io/serviceaccount/token"
key, err := rsa.GenerateKey(rand.Reader, 2048)
Password: viper.GetString("db.password"),
"""


@clean
def templated(d):
    del d
    values = ["${DB_PASSWORD}", "{{ .Values.password }}", "%DB_PASSWORD%", "$DB_PASSWORD", "<%= ENV['DB_PASSWORD'] %>", "${{ secrets.DB_PASSWORD }}", "#{db_password}", "@@PASSWORD@@",
              "__PASSWORD__", "$(DB_PASSWORD)", "{{password}}", "!vault |", "ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]", "ref+vault://secret/db#password", "!Ref DbPassword",
              "{{resolve:secretsmanager:prod/db}}", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf"]
    return "values.yaml", "".join(f"db_password: {v}\napi_token: \"{v}\"\nDB_URL: postgres://app:{v}@db/app\n" for v in values if " " not in v or v.startswith(("{", "<", "$")))


@clean
def translations(d):
    del d
    return "de.json", json.dumps({"password": "Passwort", "password_confirm": "Passwort wiederholen", "token_invalid": "Das Token ist ungueltig", "secret_hint": "Mindestens 8 Zeichen",
                                  "api_key": "API-Schluessel", "passwordReset": "Passwort zuruecksetzen", "auth.token.expired": "Sitzung abgelaufen"}, indent=1)


@clean
def test_fixtures(d):
    del d
    return "test_login.py", """user = User(name="alice", password="password123")
client.post("/login", data={"username": "test", "password": "secret"})
token = "test-token"
api_key = "fake-api-key-for-tests"
headers = {"Authorization": "Bearer test-token-value-for-unit-tests"}
PASSWORD = "hunter2 is not a password"
secret = "not-a-real-secret-just-for-tests"
os.environ["GITHUB_TOKEN"] = "dummy-token-value"
"""


# -- values that look random ----------------------------------------------------------------------------


@clean
def identifiers(d):
    return "ids.yaml", "".join(f"token_id: {guid(d)}\nsecret_arn: arn:aws:iam::{d.pick('123456789', 12)}:role/{word(d)}\nkey_id: {guid(d)}\ntrace_id: {d.pick(HEX, 32)}\n"
                               f"image: registry.acme.io/auth@sha256:{d.pick(HEX, 64)}\nuses: acme/token@{d.pick(HEX, 40)}\netag: \"{d.pick(HEX, 32)}\"\n" for _ in range(20))


@clean
def public_keys(d):
    lines = "\n".join(d.pick(B64, 64) for _ in range(12))
    return "keys.pub", (f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA{d.pick(B64, 43)} ci@acme\nssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB{d.pick(B64, 340)} ci@acme\n"
                        f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
                        f"-----BEGIN PGP SIGNATURE-----\n\n{lines}\n-----END PGP SIGNATURE-----\n")


@clean
def data_urls(d):
    return "style.css", "".join(f".a{i} {{ background: url(data:image/png;base64,iVBORw0KGgo{d.pick(B64, 400)}); color: #{d.pick(HEX, 6)} }}\n" for i in range(10))


@clean
def minified(d):
    return "vendor.min.js", "".join(f"function {d.pick('abcdefg', 2)}(t,e){{return t.token===e.secret?{d.pick('1234567', 3)}:n.passwordHash(e.key,\"{word(d)}\")}}var k={{key:t,token:e}};"
                                    for _ in range(200)) + "\n"


@clean
def source_maps(d):
    return "vendor.js.map", json.dumps({"version": 3, "mappings": ";".join(d.pick(ALNUM, 4) + "," + d.pick(ALNUM, 5) for _ in range(600)), "names": ["token", "secret", "password"]})


@clean
def integrity(d):
    return "index.html", "".join(f"<script src=\"https://cdn.acme.io/{word(d)}.js\" integrity=\"sha384-{base64.b64encode(d.bytes(48)).decode()}\" crossorigin=\"anonymous\"></script>\n"
                                 for _ in range(20)) + "<input type=\"password\" name=\"password\" placeholder=\"Password\" id=\"password-input-field\">\n"


@clean
def nonces(d):
    return "page.html", f"<meta name=\"csrf-token\" content=\"{d.pick(ALNUM, 40)}\">\n<input type=\"hidden\" name=\"authenticity_token\" value=\"{d.pick(ALNUM, 64)}\">\n"


@clean
def encrypted(d):
    return "secrets.enc.yaml", f"password: ENC[AES256_GCM,data:{d.pick(B64, 24)},iv:{d.pick(B64, 43)}=,tag:{d.pick(B64, 22)}==,type:str]\nsealed: AgB{d.pick(B64, 300)}\n"


@clean
def broken_only(d):
    """Prefixes and pieces: too short to be what they look like."""
    return "notes.txt", f"ghp_{d.pick(ALNUM, 12)}\nAKIA{d.pick(ALNUM, 5)}\nglpat-{DOTS}\nxoxb-{DOTS}\nsk-{d.pick(ALNUM, 8)}\neyJhbGciOiJIUzI1NiJ9\n" + samples.DIGITS + "\n"
