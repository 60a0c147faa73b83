"""Passwords on the command lines of well-known tools, which no name of an option gives away."""

import re

from dockwright.model.pattern import Pattern
from dockwright.model.record import record
from dockwright.model.secret_value import CONTINUED, shown

_GAP = rf"(?:[ \t]|{CONTINUED})"
_NEXT = rf"(?:[\"'],{_GAP}*[\"']|{_GAP}+)"
"""What stands between two words: white space, or the comma of a list."""

_REST = rf"(?P<rest>(?:[\"'],|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|{CONTINUED}|\\.|[^\n;&|])*)"
"""The rest of a command, up to where the next one begins."""

_BARE = rf"(?![-<>|&;])(?:\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|{CONTINUED}(?=\S)|\\[^\n]|[^\s\"'\\])+"
WORD = rf"(?P<value>(?<=[\"'])[^\"'\n]+|{_BARE})"
"""A value; behind a quote all up to the next one."""

_USER_AND_WORD = (
    rf"(?P<open>(?<=[\"'])|[\"'])?(?P<user>[^\s:\"'=]+:)(?P<value>(?(open)[^\"'\n]+|{_BARE}))"
)


@record
class _Option:
    """The commands that know an option, up to their end, and in there the option with its value."""

    command: Pattern
    option: Pattern

    def hide(self, found: re.Match[str]) -> str:
        """Return a command without the values of the option."""
        return found["tool"] + self.option.sub(_hidden, found["rest"])


def _of(tools: str, option: str, value: str = WORD) -> _Option:
    return _Option(
        command=Pattern(rf"(?P<tool>(?<![\w./-])(?:[\w./-]*/)?(?:{tools})(?=[\s\"'\\])){_REST}"),
        option=Pattern(rf"(?P<lead>(?<=[\s\"'])(?:{option})){value}"),
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
    _of("zip|unzip|sqlcmd|bcp", rf"-P{_NEXT}?"),
    _of(
        rf"poetry{_NEXT}config",
        rf"(?:http-basic\.[\w.-]+{_NEXT}[^\s\"']+|pypi-token\.[\w.-]+){_NEXT}",
    ),
    _of("npm|yarn|pnpm", rf"[\w./:@-]*_(?:authToken|auth|password)(?:=|{_NEXT})"),
)

_BETWEEN = r"(?:\s|\\[nt]?)+"
_LOOSE = (
    # netrc, on one line or on several.
    Pattern(
        rf"(?P<lead>\b(?:machine{_BETWEEN}\S+?|default)(?:{_BETWEEN}(?:login|account){_BETWEEN}\S+?)?"
        rf"{_BETWEEN}password{_BETWEEN})(?P<value>(?:(?!\\n)[^\s\"'])+)"
    ),
    Pattern(r"(?P<lead>\bpassword[ \t]+)(?P<value>[^\s\"']+)(?=[\"']?[ \t]*>>?[ \t]*\S*netrc)"),
    Pattern(
        r"(?P<lead>(?<![\w:/.-])[\w.-]+:)(?P<value>[^\s\"':]+?)(?=(?:\\n)?[\"']?[ \t]*\|[ \t]*(?:\S*/)?chpasswd)"
    ),
)


def hide_options(text: str) -> str:
    """Return `text` with `***` for passwords that tools are given. The number of lines stays."""
    for known in _OPTIONS:
        text = known.command.sub(known.hide, text)
    for form in _LOOSE:
        text = form.sub(_hidden, text)
    return text


def _hidden(found: re.Match[str]) -> str:
    groups = found.groupdict()
    return "".join(
        (found["lead"], groups.get("open") or "", groups.get("user") or "", shown(found["value"]))
    )
