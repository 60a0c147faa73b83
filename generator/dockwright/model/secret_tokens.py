"""Credentials that can be told by their shape, whatever stands before them."""

from dockwright.model.pattern import Pattern
from dockwright.model.secret_value import HIDDEN, hidden

_PEM = Pattern(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:(?!-----END )[\s\S])*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|[^\"'\n]*(?:\n[ \t]*[A-Za-z0-9+/=]{16,})*)"
)
"""A private key, from its first to its last line; without a last line, all that looks like one."""

_TOKEN = Pattern(
    r"\b(?:"
    r"(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    r"|gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"
    r"|gl(?:pat|dt|rt|cbt|ptt|oas)-[\w.-]{16,}"  # GitLab
    r"|xox[abeoprs]-[\w-]{10,}"  # Slack
    r"|[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|sk-(?=[\w-]*\d)[\w-]{32,}"
    r"|AIza[\w-]{35}|npm_[A-Za-z0-9]{30,}|pypi-AgE[\w-]{32,}|hf_[A-Za-z0-9]{30,}|dckr_pat_[\w-]{20,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*"  # a JSON web token
    r")"
)
_BEARER = Pattern(r"(?P<lead>\b[Bb]earer )(?P<value>(?=[^\s\"']*\d)[\w.~+/=-]{12,})")


def hide_tokens(text: str) -> str:
    """Return `text` with `***` for every private key and every token of a known provider. The
    number of lines stays.
    """
    text = _PEM.sub(lambda found: hidden(found[0]), text)
    text = _TOKEN.sub(HIDDEN, text)
    return _BEARER.sub(rf"\g<lead>{HIDDEN}", text)
