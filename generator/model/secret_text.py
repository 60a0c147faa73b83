"""Text of other people's files, as it may be printed: without the values of what is called a secret."""

import re

from generator.model.pattern import Pattern

PLACEHOLDERS = frozenset({"build-only", "local-only", "only-for-this-machine-never-for-production"})
"""What Dockwright itself writes where a secret would stand. None of it is one."""

_SECRET = Pattern(
    r"SECRET|PASSW(OR)?D|PASSPHRASE|CREDENTIAL|PRIVATE|API[-_]?KEY|ACCESS_?KEY|AUTHORIZATION|TOKEN(?!IZ)|(^|[-_])(PASS|PW|PWD|KEY|PAT|SALT|DSN)$",
    re.IGNORECASE,
)
_VALUE = r"(?P<value>(?:\"(?:\\.|[^\"\\])*\"?|'[^']*'?|\\\S|[^\s\"'\\])+)"
_FORMS = (
    # NAME=value, NAME = "value": Dockerfile, shell, .env, TOML.
    Pattern(rf"(?P<name>[A-Za-z_]\w*)(?P<mark>[\"']?\s*=\s*){_VALUE}"),
    # NAME: value: YAML.
    Pattern(r"^(?P<lead>[+\- ]?\s*(?:- )?[\"']?)(?P<name>[A-Za-z_]\w*)(?P<mark>[\"']?:\s+)(?P<value>\S.*)$"),
    # A header, and an option of a program.
    Pattern(
        r"(?P<name>(?:Proxy-)?Authorization|X-[\w-]*(?:Key|Token))(?P<mark>:\s*)(?P<value>[^\s\"'][^\"']*)",
        re.IGNORECASE,
    ),
    Pattern(rf"(?P<lead>--(?:[a-z]+-)*)(?P<name>password|passwd|token|secret|api-key)(?P<mark>[= ]\s*){_VALUE}"),
    # ENV NAME value: how Dockerfiles were once written.
    Pattern(r"^(?P<lead>[+\- ]?\s*(?:ENV|env)\s+)(?P<name>[A-Za-z_]\w*)(?P<mark>\s+)(?P<value>[^\s=].*)$"),
)
_REFERENCE = Pattern(r"\$(\w+|\{\w+\}|\{\w+:?\?[^}]*\}|\(.*)")
_DEFAULT = Pattern(r"\$\{(\w+):?[-+](.*)\}")


def hide_secrets(line: str) -> str:
    """Return one line with `***` for every value whose name says that it is a secret.

    A reference to a variable is none, and a file that holds one (`NAME_FILE`) may be named.
    """
    for form in _FORMS:
        line = form.sub(_hidden, line)
    return line


def is_secret_name(name: str) -> bool:
    """Whether the name of a variable says that its value must not be shown."""
    return bool(_SECRET.search(name)) and not name.upper().endswith("_FILE")


def _hidden(found: re.Match[str]) -> str:
    name, value = found["name"], found["value"]
    if not is_secret_name(name):
        return found[0]
    lead = found.groupdict().get("lead") or ""
    return f"{lead}{name}{found['mark']}{_shown(value)}"


def _shown(value: str) -> str:
    bare = value.strip("\"',")
    default = _DEFAULT.fullmatch(bare)
    if not bare or bare in PLACEHOLDERS or _REFERENCE.fullmatch(bare):
        return value
    if default:
        return value if not default[2] or default[2] in PLACEHOLDERS else value.replace(default[2], "***")
    return "***"
