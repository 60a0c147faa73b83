"""What is secret by its name, its option or its shape, and texts without the values of it."""

import re

from dockwright.model.record import record

# What Dockwright itself writes where a secret would stand. None of it is one.
PLACEHOLDERS = frozenset({"build-only", "only-for-this-machine"})

_HIDDEN = "***"
# The end of a line that goes on: in a Dockerfile comments and empty lines may stand between.
_CONTINUED = r"\\[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*"

_GAP = rf"(?:[ \t]|{_CONTINUED})"
# Whoever knows a webhook's address may write to it; the part of it that is no address is harmless.
_TELLING_NAME = (
    r"(?i)SECRET|PASSW(OR)?D|PASSPHRASE|CREDENTIAL|PRIVATE|API[-_]?KEY|ACCESS_?KEY|AUTHORIZATION"
    r"|TOKEN(?!IZ)|SIGNING|WEBHOOK(?!.*(HOST|PORT|PATH)$)|(^|[-_])(PASS|PW|PWD|KEY|PAT)$"
    r"|(^|[-_])(SALT|DSN)([-_]|$)"
)


def is_secret_name(name: str) -> bool:
    """Whether the name of a variable says that its value must not be shown."""
    return bool(re.search(_TELLING_NAME, name)) and not name.upper().endswith("_FILE")


def hide_secrets(text: str) -> str:
    """Return a text with `***` for every value that its name, its option or its shape says secret.

    A reference to a variable is none, and a file that holds one (`NAME_FILE`) may be named. The
    number of lines stays, so that a value of several lines is hidden where the whole text is given.
    """
    text = hide_tokens(text)
    for known in _OPTIONS:
        text = re.sub(known.command, known.hide, text)
    for form in _LOOSE:
        text = re.sub(form, _of_option, text)
    for form in _NAMED_FORMS:
        text = re.sub(form, _named, text)
    return text


# What is shown in its place

_REFERENCE = r"\$(\w+|\{\w+\}|\{\w+:?\?[^}]*\}|\(.*)"
_DEFAULT = r"\$\{(\w+):?[-+](.*)\}"


def shown(value: str) -> str:
    """Return a value as it may be shown: a reference to a variable is no secret."""
    bare = value.strip("\"',")
    default = re.fullmatch(_DEFAULT, bare)
    if not bare or bare in PLACEHOLDERS or re.fullmatch(_REFERENCE, bare):
        return value
    if default:
        is_ours = not default[2] or default[2] in PLACEHOLDERS
        return value if is_ours else value.replace(default[2], _HIDDEN)
    return _hide_lines(value)


def _hide_lines(value: str) -> str:
    # As many lines as before; only which were empty or went on can be seen.
    lines = value.split("\n")
    return "\n".join(
        line
        if not line.strip()
        else _HIDDEN + (" \\" if number < len(lines) and line.rstrip().endswith("\\") else "")
        for number, line in enumerate(lines, 1)
    )


# Named values

# What stands between two words: white space, or the comma of a list.
_NEXT = rf"(?:[\"'],{_GAP}*[\"']|{_GAP}+)"

# The rest of a command, up to where the next one begins.
_REST = rf"(?P<rest>(?:[\"'],|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|{_CONTINUED}|\\.|[^\n;&|])*)"

_BARE = rf"(?![-<>|&;])(?:\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|{_CONTINUED}(?=\S)|\\[^\n]|[^\s\"'\\])+"
# A value; behind a quote all up to the next one.
_WORD = rf"(?P<value>(?<=[\"'])[^\"'\n]+|{_BARE})"

_USER_AND_WORD = (
    rf"(?P<open>(?<=[\"'])|[\"'])?(?P<user>[^\s:\"'=]+:)(?P<value>(?(open)[^\"'\n]+|{_BARE}))"
)


# A value in quotes may go on on the next line, one without may if its line ends in a backslash.
_VALUE = (
    r"(?P<value>(?:\"(?:\\[\s\S]|[^\"\\])*\"|'[^']*'"
    rf"|\"(?:\\.|[^\"\\\n])*|'[^'\n]*|{_CONTINUED}(?=\S)|\\\S|[^\s\"'\\])+)"
)
_OPTION = (
    "password|passwd|pass|passphrase|token|secret|api-key|apikey|access-key|secret-key"
    "|secret-access-key|client-secret"
)
_NAMED_FORMS = (
    # A block of YAML: NAME: |
    (
        r"(?m)^(?P<lead>(?P<indent>[ \t]*)(?:- )?[\"']?)(?P<name>[A-Za-z_]\w*)"
        r"(?P<mark>[\"']?:[ \t]+[|>][-+0-9]*[ \t]*\n)"
        r"(?P<value>(?:(?:(?P=indent)[ \t]+\S[^\n]*|[ \t]*)(?:\n|\Z))+)"
    ),
    # NAME=value, NAME = "value": Dockerfile, shell, .env, TOML.
    (
        rf"(?<![A-Za-z_])(?P<name>[A-Za-z_]\w*)"
        rf"(?P<mark>[\"']?[ \t]*=(?:[ \t]*|{_CONTINUED})){_VALUE}"
    ),
    # NAME: value: YAML.
    (
        r"(?m)^(?P<lead>[+\- ]?[ \t]*(?:- )?[\"']?)(?P<name>[A-Za-z_]\w*)(?P<mark>[\"']?:[ \t]+)"
        r"(?![|>][-+0-9]*[ \t]*$)(?P<value>\"(?:\\[\s\S]|[^\"\\])*\"[^\n]*|'[^']*'[^\n]*|\S[^\n]*)$"
    ),
    # A header, and an option of a program.
    (
        r"(?i)(?P<name>(?:Proxy-)?Authorization|X-[\w-]*(?:Key|Token)|(?:Private|Job|Deploy)-Token)"
        r"(?P<mark>(?:[\"'],?[ \t]*)?[:=,][ \t]*[\"']?)(?P<value>[^\s\"'][^\"'\n]*)"
    ),
    # `--secret id=...` of an engine names a secret and holds none.
    (
        rf"(?P<lead>(?<![\w-])--?(?:[a-z0-9]+-)*?)(?P<name>{_OPTION})"
        rf"(?P<mark>=|[\"'],{_GAP}*[\"']|{_GAP}+)"
        rf"(?!(?:id|type|src)=){_WORD}"
    ),
    # ENV NAME value: how Dockerfiles were once written.
    (
        rf"(?m)^(?P<lead>[+\- ]?[ \t]*(?:ENV|env){_GAP}+)(?P<name>[A-Za-z_]\w*)(?P<mark>{_GAP}+)"
        rf"(?P<value>[^\s=\\](?:{_CONTINUED}|\\.|[^\n\\])*)$"
    ),
)


def _named(found: re.Match[str], depth: int = 0) -> str:
    name, value = found["name"], found["value"]
    lead = found.groupdict().get("lead") or ""
    before = f"{lead}{name}{found['mark']}"
    if is_secret_name(name):
        return before + (_hide_lines(value) if "\n" in found["mark"] else shown(value))
    # What is no secret itself may hold one: OPTIONS="-Dpassword=..."
    quote = value[0] if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0] else ""
    inner = value[len(quote) : len(value) - len(quote)]
    # A chain as long as this (A=B=C=...) is nobody's setting, and each link is one call deeper.
    if depth == 40:
        return f"{before}{quote}{_hide_lines(inner)}{quote}"
    return f"{before}{quote}{found.re.sub(lambda deeper: _named(deeper, depth + 1), inner)}{quote}"


# Options of well-known tools, whose names do not say it


@record
class _Option:
    # The commands that know an option, up to their end, and in there the option with its value.

    command: str
    option: str

    def hide(self, found: re.Match[str]) -> str:
        """Return a command without the values of the option."""
        return found["tool"] + re.sub(self.option, _of_option, found["rest"])


def _of(tools: str, option: str, value: str = _WORD) -> _Option:
    return _Option(
        command=(rf"(?P<tool>(?<![\w./-])(?:[\w./-]*/)?(?:{tools})(?=[\s\"'\\])){_REST}"),
        option=(rf"(?P<lead>(?<=[\s\"'])(?:{option})){value}"),
    )


_LOGIN = rf"(?:docker|podman|nerdctl|buildah|helm|oc|az|skopeo|crane)(?:{_NEXT}[a-z]+)?{_NEXT}login"
_OPTIONS = (
    _of("curl", rf"(?:-[a-zA-Z]*[uU]|--user|--proxy-user)(?:=|{_NEXT})?", _USER_AND_WORD),
    _of("https?|xh", rf"(?:-a|--auth)(?:=|{_NEXT})?", _USER_AND_WORD),
    _of("skopeo|buildah|podman", rf"--(?:src-|dest-)?creds(?:=|{_NEXT})", _USER_AND_WORD),
    _of("openssl", rf"-(?:passin|passout|pass|k){_NEXT}(?:pass:)?(?!(?:file|env|fd):|stdin)"),
    # Elsewhere -p is a port, a platform or a parent.
    _of(r"(?:mysql|mariadb)(?:-?(?:dump|admin|import|check|show))?|7z[ar]?", "-p"),
    _of("sshpass", rf"-p{_NEXT}?"),
    _of(rf"{_LOGIN}|twine{_NEXT}upload|mongo\w*", rf"-p(?:=|{_NEXT})"),
    _of("redis-cli", rf"-a{_NEXT}"),
    _of(
        rf"poetry{_NEXT}config",
        rf"(?:http-basic\.[\w.-]+{_NEXT}[^\s\"']+|pypi-token\.[\w.-]+){_NEXT}",
    ),
    _of("npm|yarn|pnpm", rf"[\w./:@-]*_(?:authToken|auth|password)(?:=|{_NEXT})"),
)

_BETWEEN = r"(?:\s|\\[nt]?)+"
_LOOSE = (
    # netrc, on one line or on several.
    (
        rf"(?P<lead>\b(?:machine{_BETWEEN}\S+?|default)"
        rf"(?:{_BETWEEN}(?:login|account){_BETWEEN}\S+?)?"
        rf"{_BETWEEN}password{_BETWEEN})(?P<value>(?:(?!\\n)[^\s\"'])+)"
    ),
    (r"(?P<lead>\bpassword[ \t]+)(?P<value>[^\s\"']+)(?=[\"']?[ \t]*>>?[ \t]*\S*netrc)"),
    (
        r"(?P<lead>(?<![\w:/.-])[\w.-]+:)(?P<value>[^\s\"':]+?)"
        r"(?=(?:\\n)?[\"']?[ \t]*\|[ \t]*(?:\S*/)?chpasswd)"
    ),
)


def _of_option(found: re.Match[str]) -> str:
    groups = found.groupdict()
    return "".join(
        (found["lead"], groups.get("open") or "", groups.get("user") or "", shown(found["value"]))
    )


# Credentials that can be told by their shape

# A private key, from its first to its last line; without a last line, all that looks like one.
_PEM = (
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:(?!-----END )[\s\S])*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
    r"|[^\"'\n]*(?:\n[ \t]*[A-Za-z0-9+/=]{16,})*)"
)

_KNOWN_SHAPE = (
    r"\b(?:"
    r"(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    r"|gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"
    r"|gl(?:pat|dt|rt|cbt|ptt|oas)-[\w.-]{16,}"  # GitLab
    r"|xox[abeoprs]-[\w-]{10,}"  # Slack
    r"|[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|sk-(?=[\w-]*\d)[\w-]{32,}"
    r"|AIza[\w-]{35}|npm_[A-Za-z0-9]{30,}|pypi-AgE[\w-]{32,}|hf_[A-Za-z0-9]{30,}"
    r"|dckr_pat_[\w-]{20,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*"  # a JSON web token
    r")"
)
_BEARER = r"(?P<lead>\b[Bb]earer )(?P<value>(?=[^\s\"']*\d)[\w.~+/=-]{12,})"


def hide_tokens(text: str) -> str:
    """Return `text` with `***` for private keys and known tokens. The number of lines stays."""
    text = re.sub(_PEM, lambda found: _hide_lines(found[0]), text)
    text = re.sub(_KNOWN_SHAPE, _HIDDEN, text)
    return re.sub(_BEARER, rf"\g<lead>{_HIDDEN}", text)
