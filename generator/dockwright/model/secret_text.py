"""Text of other people's files, as it may be printed: without the values of what is called a
secret.
"""

import re

from dockwright.model.pattern import Pattern
from dockwright.model.secret_options import WORD, hide_options
from dockwright.model.secret_tokens import hide_tokens
from dockwright.model.secret_value import CONTINUED, hidden, shown

_SECRET = Pattern(
    r"SECRET|PASSW(OR)?D|PASSPHRASE|CREDENTIAL|PRIVATE|API[-_]?KEY|ACCESS_?KEY|AUTHORIZATION|TOKEN(?!IZ)|(^|[-_])(PASS|PW|PWD|KEY|PAT|SALT|DSN)$",
    re.IGNORECASE,
)
# A value in quotes may go on on the next line, one without may if its line ends in a backslash.
_VALUE = (
    r"(?P<value>(?:\"(?:\\[\s\S]|[^\"\\])*\"|'[^']*'"
    rf"|\"(?:\\.|[^\"\\\n])*|'[^'\n]*|{CONTINUED}(?=\S)|\\\S|[^\s\"'\\])+)"
)
_GAP = rf"(?:[ \t]|{CONTINUED})"
_OPTION = "password|passwd|pass|passphrase|token|secret|api-key|apikey|access-key|secret-key|secret-access-key|client-secret"
_FORMS = (
    # A block of YAML: NAME: |
    Pattern(
        r"^(?P<lead>(?P<indent>[ \t]*)(?:- )?[\"']?)(?P<name>[A-Za-z_]\w*)(?P<mark>[\"']?:[ \t]+[|>][-+0-9]*[ \t]*\n)"
        r"(?P<value>(?:(?:(?P=indent)[ \t]+\S[^\n]*|[ \t]*)(?:\n|\Z))+)",
        re.MULTILINE,
    ),
    # NAME=value, NAME = "value": Dockerfile, shell, .env, TOML.
    Pattern(
        rf"(?<![A-Za-z_])(?P<name>[A-Za-z_]\w*)(?P<mark>[\"']?[ \t]*=(?:[ \t]*|{CONTINUED})){_VALUE}"
    ),
    # NAME: value: YAML.
    Pattern(
        r"^(?P<lead>[+\- ]?[ \t]*(?:- )?[\"']?)(?P<name>[A-Za-z_]\w*)(?P<mark>[\"']?:[ \t]+)"
        r"(?![|>][-+0-9]*[ \t]*$)(?P<value>\"(?:\\[\s\S]|[^\"\\])*\"[^\n]*|'[^']*'[^\n]*|\S[^\n]*)$",
        re.MULTILINE,
    ),
    # A header, and an option of a program.
    Pattern(
        r"(?P<name>(?:Proxy-)?Authorization|X-[\w-]*(?:Key|Token)|(?:Private|Job|Deploy)-Token)"
        r"(?P<mark>(?:[\"'],?[ \t]*)?[:=,][ \t]*[\"']?)(?P<value>[^\s\"'][^\"'\n]*)",
        re.IGNORECASE,
    ),
    # `--secret id=...` of an engine names a secret and holds none.
    Pattern(
        rf"(?P<lead>(?<![\w-])--?(?:[a-z0-9]+-)*?)(?P<name>{_OPTION})(?P<mark>=|[\"'],{_GAP}*[\"']|{_GAP}+)"
        rf"(?!(?:id|type|src)=){WORD}"
    ),
    # ENV NAME value: how Dockerfiles were once written.
    Pattern(
        rf"^(?P<lead>[+\- ]?[ \t]*(?:ENV|env){_GAP}+)(?P<name>[A-Za-z_]\w*)(?P<mark>{_GAP}+)"
        rf"(?P<value>[^\s=\\](?:{CONTINUED}|\\.|[^\n\\])*)$",
        re.MULTILINE,
    ),
)


def hide_secrets(text: str) -> str:
    """Return a text with `***` for every value that its name, its option or its shape says to be a
    secret.

    A reference to a variable is none, and a file that holds one (`NAME_FILE`) may be named. The
    number of lines stays, so that a value of several lines is hidden where the whole text is given.
    """
    text = hide_options(hide_tokens(text))
    for form in _FORMS:
        text = form.sub(_hidden, text)
    return text


def is_secret_name(name: str) -> bool:
    """Whether the name of a variable says that its value must not be shown."""
    return bool(_SECRET.search(name)) and not name.upper().endswith("_FILE")


def _hidden(found: re.Match[str]) -> str:
    name, value = found["name"], found["value"]
    lead = found.groupdict().get("lead") or ""
    before = f"{lead}{name}{found['mark']}"
    if is_secret_name(name):
        return before + (hidden(value) if "\n" in found["mark"] else shown(value))
    # What is no secret itself may hold one: OPTIONS="-Dpassword=..."
    quote = value[0] if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0] else ""
    inner = value[len(quote) : len(value) - len(quote)]
    return f"{before}{quote}{found.re.sub(_hidden, inner)}{quote}"
