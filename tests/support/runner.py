# SPDX-License-Identifier: Apache-2.0
"""What a CI runner does with a step: GitHub's file commands, workflow commands and masks, the environment of a
GitHub and of a GitLab job. Strict where the real runner is strict, so that a test sees what a user would get."""
import base64
import html
import json
import re
import urllib.parse

SHA = "5b1d0c9f7a3e42688f0e6a4d1c2b3a4958677685"


class Malformed(Exception):
    """The runner would end the step with an error."""


def parse_file_command(raw):
    """[(name, value)] of a GITHUB_ENV, GITHUB_OUTPUT or GITHUB_STATE file (bytes)."""
    text = raw.decode("utf-8")      # the runner would put replacement characters in; nobody wants that
    lines = text.split("\n")
    ended = lines[-1] == ""
    if ended:
        lines.pop()
    found, i = [], 0
    while i < len(lines):
        line = lines[i]
        i += 1
        if line == "":
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, value = line.split("=", 1)
            if not name:
                raise Malformed(f"line {i} has no name")
            found.append((name, value))
            continue
        if heredoc < 0:
            raise Malformed(f"line {i} is no command")
        name, delimiter = line.split("<<", 1)
        if not name or not delimiter:
            raise Malformed(f"line {i} has no name or no delimiter")
        start = i
        while i < len(lines) and lines[i] != delimiter:
            i += 1
        if i == len(lines):
            raise Malformed(f"no line ends the value of {name!r}")
        found.append((name, "\n".join(lines[start:i])))
        i += 1
    return found


def unescape(data, properties=False):
    if properties:
        data = data.replace("%3A", ":").replace("%2C", ",")
    return data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def encoders(value):
    """The forms of one mask that the runner hides besides the value itself (those that tests can meet)."""
    forms = {value}
    raw = value.encode()
    for shift in range(3):
        forms.add(base64.b64encode(raw[shift:]).decode())
    forms.add(value.replace('"', '\\"'))
    forms.add(value.replace("'", "''"))
    forms.add(json.dumps(value, ensure_ascii=False)[1:-1])
    forms.add(urllib.parse.quote(value, safe="-_.~"))
    forms.add(html.escape(value).replace("&#x27;", "&apos;"))
    if len(value) > 8 and value[0] == value[-1] == '"':
        forms.add(value[1:-1])
    return {f for f in forms if f}


COMMAND = re.compile(r"^::([A-Za-z-]+)(?: (.*?))?::(.*)$", re.S)
KNOWN = {"add-mask", "group", "endgroup", "warning", "error", "notice", "debug", "stop-commands", "echo", "add-matcher",
         "remove-matcher", "set-output", "save-state", "set-env", "add-path"}


class Log:
    """Reads a step's output line by line as the runner does."""

    def __init__(self):
        self.masks = []         # as given, in order
        self.commands = []      # (name, {properties}, data), masks included
        self.lines = []         # (kind, text) as a person sees them: kind is text, group, endgroup, warning, ...
        self.stopped = None
        self.hidden = set()

    def mask(self, text):
        for form in sorted(self.hidden, key=len, reverse=True):
            text = text.replace(form, "***")
        return text

    def add_mask(self, value):
        self.masks.append(value)
        for line in {value, *(part.strip() for part in re.split(r"\r\n|\r|\n", value))}:
            if line.strip():
                self.hidden |= encoders(line)

    def feed(self, line):
        plain = line.strip()
        if self.stopped:
            if plain == f"::{self.stopped}::":
                self.stopped = None
            else:
                self.lines.append(("text", self.mask(line)))
            return
        found = COMMAND.match(plain)
        if not found or found[1].lower() not in KNOWN:
            self.lines.append(("text", self.mask(line)))
            return
        name = found[1].lower()
        properties = {}
        for part in (found[2] or "").split(","):
            key, equals, value = part.strip().partition("=")
            if equals:
                properties[key] = unescape(value, True)
        data = unescape(found[3])
        self.commands.append((name, properties, data))
        if name == "add-mask":
            self.add_mask(data)
        elif name == "stop-commands":
            self.stopped = data
        else:
            self.lines.append((name, self.mask(data)))

    def feed_all(self, text):
        for line in text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"):
            self.feed(line)
        return self

    def of(self, name):
        return [(p, d) for n, p, d in self.commands if n == name]

    def text(self):
        """The log as a person reads it, warnings and errors among it."""
        return "\n".join(text for _, text in self.lines)


def github_env(folder, request_url=None, request_token=None, **over):
    """The variables of a GitHub job whose files are in `folder` (a Path); None takes a variable away."""
    env = {
        "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_ACTION": "__run", "GITHUB_ACTOR": "octocat",
        "GITHUB_API_URL": "https://api.github.com", "GITHUB_BASE_REF": "", "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(folder / "event.json"), "GITHUB_HEAD_REF": "", "GITHUB_JOB": "deploy",
        "GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main", "GITHUB_REF_TYPE": "branch",
        "GITHUB_REPOSITORY": "octo-org/octo-repo", "GITHUB_REPOSITORY_ID": "74", "GITHUB_REPOSITORY_OWNER": "octo-org",
        "GITHUB_REPOSITORY_OWNER_ID": "65", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_RUN_ID": "9876543210",
        "GITHUB_RUN_NUMBER": "42", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_SHA": SHA,
        "GITHUB_WORKFLOW": "ci", "GITHUB_WORKFLOW_REF": "octo-org/octo-repo/.github/workflows/ci.yml@refs/heads/main",
        "GITHUB_WORKSPACE": str(folder / "work"), "RUNNER_ARCH": "X64", "RUNNER_OS": "Linux",
        "RUNNER_ENVIRONMENT": "github-hosted", "RUNNER_TEMP": str(folder / "temp"),
    }
    for name in ("ENV", "OUTPUT", "STATE", "STEP_SUMMARY", "PATH"):
        env["GITHUB_" + name] = str(folder / "commands" / name.lower())
    if request_url:
        env["ACTIONS_ID_TOKEN_REQUEST_URL"] = request_url
        env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = request_token
    return {k: v for k, v in (env | over).items() if v is not None}


def github_folder(folder, event=None):
    """Makes what github_env() names."""
    for name in ("work", "temp", "commands"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("env", "output", "state", "step_summary", "path"):
        (folder / "commands" / name).touch()
    (folder / "event.json").write_text(json.dumps(event or {"ref": "refs/heads/main"}))


def gitlab_env(folder, **over):
    """The variables of a GitLab job that is checked out in `folder`/builds/mygroup/myproject."""
    env = {
        "CI": "true", "GITLAB_CI": "true", "CI_SERVER": "yes", "CI_SERVER_NAME": "GitLab",
        "CI_SERVER_URL": "https://gitlab.example.com", "CI_SERVER_HOST": "gitlab.example.com",
        "CI_API_V4_URL": "https://gitlab.example.com/api/v4", "CI_BUILDS_DIR": str(folder / "builds"),
        "CI_PROJECT_DIR": str(folder / "builds" / "mygroup" / "myproject"), "CI_PROJECT_ID": "20",
        "CI_PROJECT_PATH": "mygroup/myproject", "CI_PROJECT_NAMESPACE": "mygroup", "CI_PROJECT_NAMESPACE_ID": "72",
        "CI_PROJECT_VISIBILITY": "internal", "CI_COMMIT_REF_NAME": "main", "CI_COMMIT_BRANCH": "main",
        "CI_COMMIT_REF_PROTECTED": "true", "CI_COMMIT_SHA": SHA, "CI_PIPELINE_ID": "574",
        "CI_PIPELINE_SOURCE": "push", "CI_JOB_ID": "302", "CI_JOB_NAME": "deploy", "CI_JOB_STAGE": "deploy",
        "CI_CONFIG_PATH": ".gitlab-ci.yml", "CI_CONCURRENT_ID": "0", "CI_RUNNER_ID": "1",
    }
    return {k: v for k, v in (env | over).items() if v is not None}


def gitlab_folder(folder):
    (folder / "builds" / "mygroup" / "myproject").mkdir(parents=True, exist_ok=True)
