"""From the text of a requirement to a Requirement, and from a URL to one that may be shown to anybody."""

import posixpath
import re

from dockwright.errors import SyntaxFault
from dockwright.model.dependencies import MAIN, Requirement, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import record

_USER_INFORMATION = Pattern(
    r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^/?#]*)@(?P<rest>.*)$", re.DOTALL
)
# `https://me:pa/ss@host`: not a URL, but people write it, and the password must not be taken for a port and a path.
_BROKEN_USER_INFORMATION = Pattern(
    r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^/?#@:]+:(?!\d+(?:[/?#]|$)).*)@(?P<rest>.*)$",
    re.DOTALL,
)
_VARIABLE = Pattern(
    r"\$(?:\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)[^}]*\}|(?P<bare>[A-Za-z_][A-Za-z0-9_]*))"
)
_SECRET_PARAMETER = Pattern(
    r"(?<=[?&])[^=&#]*(?:token|secret|passw|auth|key)[^=&#]*=[^&#]*&?", re.IGNORECASE
)
_VERSION_CONTROL = Pattern(r"^(?:git|hg|svn|bzr)\+|^git://|^git@", re.IGNORECASE)
_PROJECT_ROOT = Pattern(r"^(?:\$\{PROJECT_ROOT\}|\{root:uri\}|\{root:parent:uri\})/?")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VERSION = r"\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?"
_PLAIN = Pattern(
    rf"^\s*(?P<name>{_NAME})\s*(?:\[\s*(?P<extras>{_NAME}(?:\s*,\s*{_NAME})*)?\s*\])?\s*(?P<clauses>[^;@()\[\]#]*)$"
)
_PLAIN_CLAUSE = Pattern(
    rf"^\s*(?:(<=|>=|<|>)\s*({_VERSION})|(~=)\s*(\d+\.{_VERSION})|"
    rf"([=!]=)\s*({_VERSION}(?:\+[a-z0-9]+(?:\.[a-z0-9]+)*)?|\d+(?:\.\d+)*\.\*))\s*$"
)
_COMMIT = Pattern(r"@[0-9a-f]{40}(?:[0-9a-f]{24})?(?=[#&]|$)")


@record
class SafeUrl:
    """A URL without its secrets; `variables` are the names (no `$`) of the environment variables that it reads."""

    url: str
    needs_credentials: bool = False
    variables: tuple[str, ...] = ()


def canonical_name(name: str) -> str:
    """Return a distribution's, extra's or group's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def variables_in(text: str) -> tuple[str, ...]:
    """Return the names of the `$NAME` and `${NAME}` in `text`, in order, each once."""
    found = (match["braced"] or match["bare"] for match in _VARIABLE.finditer(text))
    return tuple(dict.fromkeys(found))


def strip_credentials(url: str) -> SafeUrl:
    """Return `url` without user, password and token; the user of an ssh URL stays, it is part of the address."""
    variables = variables_in(url)
    match = _USER_INFORMATION.match(url) or _BROKEN_USER_INFORMATION.match(url)
    safe = url
    if match:
        user, _, password = match["user"].partition(":")
        is_address = "ssh" in match["scheme"].lower() and not variables_in(user)
        safe = (
            f"{match['scheme']}{user}@{match['rest']}"
            if is_address
            else match["scheme"] + match["rest"]
        )
        if is_address and not password:
            return SafeUrl(url=safe, variables=variables, needs_credentials=bool(variables))
    without_parameters = _SECRET_PARAMETER.sub("", safe).rstrip("?&")
    secret = match is not None or without_parameters != safe.rstrip("?&") or bool(variables)
    return SafeUrl(url=without_parameters, needs_credentials=secret, variables=variables)


def parse_requirement(text: str, origin: Origin, group: str = MAIN) -> Requirement:
    """Read one PEP 508 requirement (`name[extra] >=1 ; marker`, `name @ url`); SyntaxFault where it is none."""
    plain = _parse_plain(text, origin, group)
    if plain is not None:
        return plain
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    try:
        parsed = Parsed(text)
    except InvalidRequirement as error:
        raise requirement_fault(text, str(error), origin) from error
    kind, reference = classify_reference(parsed.url or "")
    return Requirement(
        name=canonical_name(parsed.name),
        origin=origin,
        specifier=str(parsed.specifier),
        extras=tuple(sorted({canonical_name(extra) for extra in parsed.extras})),
        marker=str(parsed.marker) if parsed.marker else "",
        group=group,
        source=kind,
        reference=reference,
        hashed=bool(parsed.url) and _has_hash(parsed.url or ""),
    )


def _parse_plain(text: str, origin: Origin, group: str) -> Requirement | None:
    """Read a requirement without marker and URL, None if it is of another form; packaging takes 30 ms to import."""
    match = _PLAIN.match(text)
    if match is None:
        return None
    clauses = (
        [_PLAIN_CLAUSE.match(clause) for clause in match["clauses"].split(",")]
        if match["clauses"].strip()
        else []
    )
    if None in clauses:
        return None
    return Requirement(
        name=canonical_name(match["name"]),
        origin=origin,
        specifier=",".join(
            sorted(
                {"".join(part for part in clause.groups() if part) for clause in clauses if clause}
            )
        ),
        extras=tuple(
            sorted(
                {
                    canonical_name(extra)
                    for extra in (match["extras"] or "").split(",")
                    if extra.strip()
                }
            )
        ),
        group=group,
    )


def classify_reference(url: str) -> tuple[SourceKind, str]:
    """Return where `url` ("" for an index) leads, and the URL without credentials or the path from the project's root."""
    if not url:
        return SourceKind.REGISTRY, ""
    if _VERSION_CONTROL.match(url):
        return SourceKind.GIT, _without_egg(strip_credentials(url).url)
    if url.lower().startswith("file:"):
        return SourceKind.PATH, local_path(url[5:])
    if "://" in url:
        return SourceKind.URL, _without_egg(strip_credentials(url).url)
    return SourceKind.PATH, local_path(url)


def local_path(path: str) -> str:
    """Return a path as seen from the project's root ("." is the root itself, absolute paths stay absolute).

    pip and its kin read relative paths from the folder they run in, and that is the root.
    """
    plain = path.partition("#")[0].replace("\\", "/")
    if plain.startswith("//"):
        plain = "/" + plain.lstrip("/")
    rooted = _PROJECT_ROOT.sub("", plain.removeprefix("/"), count=1)
    if rooted != plain.removeprefix("/"):
        plain = rooted or "."
    return posixpath.normpath(plain or ".")


def is_outside(path: str) -> bool:
    """Whether a path from the root leads out of the project (so that the build context does not hold it)."""
    return (
        path == ".." or path.startswith(("../", "/")) or re.match(r"[A-Za-z]:/", path) is not None
    )


def is_exact(requirement: Requirement) -> bool:
    """Whether only one build of the distribution can satisfy this: `==` without `*`, a commit, a hash, or the tree itself."""
    match requirement.source:
        case SourceKind.REGISTRY:
            clauses = [clause.strip() for clause in requirement.specifier.split(",")]
            return any(clause.startswith("==") and not clause.endswith(".*") for clause in clauses)
        case SourceKind.GIT:
            return _COMMIT.search(requirement.reference) is not None
        case SourceKind.URL:
            return requirement.hashed or requirement.reference.partition("#")[0].endswith(".whl")
        case SourceKind.PATH:
            return True


def pinned_version(requirement: Requirement) -> str:
    """Return the version of `==1.2.3` or `===1.2.3`, "" where nothing is pinned."""
    for clause in requirement.specifier.split(","):
        version = clause.strip()
        if version.startswith("==") and not version.endswith(".*"):
            return version.lstrip("=").strip()
    return ""


def requirement_fault(text: str, message: str, origin: Origin) -> SyntaxFault:
    """Return the error for a requirement that no installer could read; `message` is packaging's or pip's."""
    first, *rest = message.splitlines() or [""]
    caret = next((len(line) - 1 - 4 for line in rest if line.strip(" ~").endswith("^")), None)
    place = f" at column {caret + 1}" if caret is not None and caret >= 0 else ""
    return SyntaxFault(
        f"not a valid requirement{place}: {first.strip().rstrip('.:')}",
        found=_SECRET_PARAMETER.sub("", text.strip()),
        origin=origin,
        rule="a requirement is a name, optional [extras], version specifiers, and an optional marker after `;` (PEP 508)",
        steps=("correct the line that is named", "or remove it if the project does not need it"),
        example='flask[async]>=3.0,<4 ; python_version >= "3.10"',
    )


def _has_hash(url: str) -> bool:
    return re.search(r"[#&](?:sha256|sha384|sha512)=", url) is not None


def _without_egg(url: str) -> str:
    address, mark, fragment = url.partition("#")
    kept = "&".join(
        part for part in fragment.split("&") if part and not part.startswith(("egg=", "["))
    )
    return f"{address}{mark}{kept}" if kept else address
