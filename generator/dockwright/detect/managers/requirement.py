"""From the text of a requirement or URL to a Requirement and to a URL that anybody may see."""

import posixpath
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Pep508
from packaging.specifiers import Specifier
from packaging.version import Version

from dockwright.detect.managers.toml import first_text, text_in
from dockwright.errors import ManifestError, SyntaxFault
from dockwright.model.dependencies import MAIN, Index, Requirement, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.record import record

SCHEME = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)"
# The second form is no URL, but people write `https://me:pa/ss@host`, and the password must not
# be taken for a port and a path.
USERS = (
    rf"(?s)^{SCHEME}(?P<user>[^/?#]*)@(?P<rest>.*)$",
    rf"(?s)^{SCHEME}(?P<user>[^/?#@:]+:(?!\d+(?:[/?#]|$)).*)@(?P<rest>.*)$",
)
VARIABLE = r"\$(?:\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)[^}]*\}|(?P<bare>[A-Za-z_][A-Za-z0-9_]*))"
QUERY_KEY = r"(?i)(?<=[?&])[^=&#]*(?:token|secret|passw|auth|key)[^=&#]*=[^&#]*&?"
VERSION_CONTROL = r"(?i)^(?:git|hg|svn|bzr)\+|^git://|^git@"
PROJECT_ROOT = r"^(?:\$\{PROJECT_ROOT\}|\{root:uri\}|\{root:parent:uri\})/?"
SECURE_COPY = r"^(?P<user>[\w.-]+)@(?P<host>[\w.-]+):(?P<path>(?!/?\d+/).+)$"
COMMIT = r"@[0-9a-f]{40}(?:[0-9a-f]{24})?(?=[#&]|$)"
HASH = r"[#&](?:sha256|sha384|sha512)="
# How the tables of manifests and locks call what is checked out, the most exact first.
REVISIONS = (
    "revision", "resolved_reference", "commit-id", "rev", "ref", "tag", "branch", "reference",
    "requested-revision",
)  # fmt: skip

OR = r"\s*\|\|?\s*"
# A comma or a space separates two constraints, unless it stands behind an operator.
AND = r"(?<!^)(?<![\^~=>< ,]) *(?<!-)[, ](?!-) *(?!,|$)"
ANYTHING = r"v?[xX*](?:\.[xX*])*|==\*?|>=\*"
CONSTRAINT = (
    r"(?P<operator>\^|~=?|[=<>!]{0,3})\s*v?(?P<version>\d[^\s*xX]*?)(?P<wild>(?:\.[*xX])+)?"
)
SPELLINGS = {"": "==", "=": "==", "<>": "!="}


@record
class SafeUrl:
    """A URL without its secrets; `variables` are the environment variables that it reads."""

    url: str
    needs_credentials: bool = False
    variables: tuple[str, ...] = ()


def canonical_name(name: str) -> str:
    """Return a distribution's, extra's or group's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def canonical_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return names in canonical form, sorted, each once."""
    return tuple(sorted({canonical_name(name) for name in names}))


def names_of(requirements: Iterable[str]) -> tuple[str, ...]:
    """Return the canonical names that requirements begin with, sorted, each once."""
    return canonical_names(re.split(r"[^\w.-]", text.strip())[0] for text in requirements)


def variables_in(text: str) -> tuple[str, ...]:
    """Return the names of the `$NAME` and `${NAME}` in `text`, in order, each once."""
    found = (match["braced"] or match["bare"] for match in re.finditer(VARIABLE, text))
    return tuple(dict.fromkeys(found))


def strip_credentials(url: str) -> SafeUrl:
    """Return `url` without user, password and token; the user of an ssh URL belongs to it."""
    variables = variables_in(url)
    match = re.match(USERS[0], url) or re.match(USERS[1], url)
    safe = url
    if match:
        user, _, password = match["user"].partition(":")
        is_address = "ssh" in match["scheme"].lower() and not variables_in(user)
        safe = match["scheme"] + (f"{user}@" if is_address else "") + match["rest"]
        if is_address and not password:
            return SafeUrl(url=safe, variables=variables, needs_credentials=bool(variables))
    without_parameters = re.sub(QUERY_KEY, "", safe).rstrip("?&")
    secret = match is not None or without_parameters != safe.rstrip("?&") or bool(variables)
    return SafeUrl(url=without_parameters, needs_credentials=secret, variables=variables)


def index_at(
    name: str, url: str, origin: Origin, *, explicit: bool = False, secret: bool = False
) -> Index:
    """Return the index at `url`, `secret` if its credentials stand where nobody sees them."""
    safe = strip_credentials(url)
    return Index(
        name=name,
        url=safe.url,
        origin=origin,
        explicit=explicit,
        needs_credentials=safe.needs_credentials or secret,
        variables=safe.variables,
    )


def parse_requirement(text: str, origin: Origin, group: str = MAIN) -> Requirement:
    """Read one PEP 508 requirement, `name[extra]>=1 ; marker`; SyntaxFault where it is none."""
    try:
        parsed = Pep508(text)
    except (InvalidRequirement, RecursionError) as error:
        raise requirement_fault(text, str(error), origin) from error
    url = parsed.url or ""
    kind, reference = classify_reference(url)
    return Requirement(
        name=canonical_name(parsed.name),
        origin=origin,
        specifier=str(parsed.specifier),
        extras=canonical_names(parsed.extras),
        marker=str(parsed.marker) if parsed.marker else "",
        group=group,
        source=kind,
        reference=reference,
        hashed=re.search(HASH, url) is not None,
    )


def classify_reference(url: str) -> tuple[SourceKind, str]:
    """Return where `url` leads ("" is an index), and it without credentials, or as a path."""
    if not url:
        return SourceKind.REGISTRY, ""
    if re.match(VERSION_CONTROL, url):
        return SourceKind.GIT, _without_egg(strip_credentials(url).url)
    if url.lower().startswith("file:"):
        return SourceKind.PATH, local_path(url[5:])
    if "://" in url:
        return SourceKind.URL, _without_egg(strip_credentials(url).url)
    return SourceKind.PATH, local_path(url)


def place_in(table: Mapping[str, Any]) -> tuple[SourceKind, str]:
    """Return where a table of a manifest or lock leads; without a key for a place, to an index."""
    subdirectory = text_in(table, "subdirectory")
    for system in ("git", "hg", "svn", "bzr"):
        if system in table:
            url, revision = text_in(table, system), first_text(table, *REVISIONS)
            return SourceKind.GIT, git_reference(url, revision, subdirectory, system)
    for key in ("url", "path", "file"):
        if place := text_in(table, key):
            # The folders inside an archive of the network are the installer's matter.
            below = f"/{subdirectory}" if subdirectory and key != "url" else ""
            return classify_reference(place + below)
    return SourceKind.REGISTRY, ""


def git_reference(url: str, revision: str = "", subdirectory: str = "", system: str = "git") -> str:
    """Return a repository as pip writes it: `git+https://host/x@v1#subdirectory=lib`."""
    copy = re.match(SECURE_COPY, url)
    address = f"ssh://{copy['user']}@{copy['host']}/{copy['path']}" if copy else url
    full = address if address.startswith(f"{system}+") else f"{system}+{address}"
    folder = f"#subdirectory={subdirectory}" if subdirectory else ""
    return strip_credentials(full).url + (f"@{revision}" if revision else "") + folder


def split_reference(reference: str) -> tuple[str, str]:
    """Return the repository of a Git reference in one spelling, and the revision ("" for none)."""
    address = reference.partition("#")[0].removeprefix("git+")
    head, at, revision = address.rpartition("@")
    if not at or "/" not in head.partition("://")[2]:
        head, revision = address, ""
    return head.removesuffix("/").removesuffix(".git").lower(), revision


def local_path(path: str) -> str:
    """Return a path as seen from the project's root ("." is the root; absolute paths stay)."""
    # pip and its kin read relative paths from the folder they run in, and that is the root.
    plain = path.partition("#")[0].replace("\\", "/")
    if plain.startswith("//"):
        plain = "/" + plain.lstrip("/")
    rooted = re.sub(PROJECT_ROOT, "", plain.removeprefix("/"), count=1)
    if rooted != plain.removeprefix("/"):
        plain = rooted or "."
    return posixpath.normpath(plain or ".")


def is_outside(path: str) -> bool:
    """Whether a path from the root leads out of the project, and so of the build context."""
    return path == ".." or re.match(r"\.\./|/|[A-Za-z]:/", path) is not None


def is_exact(requirement: Requirement) -> bool:
    """Whether one build only can satisfy this: a version, a commit, a hash, the tree itself."""
    match requirement.source:
        case SourceKind.REGISTRY:
            return bool(requirement.pinned_version)
        case SourceKind.GIT:
            return re.search(COMMIT, requirement.reference) is not None
        case SourceKind.URL:
            return requirement.hashed or requirement.reference.partition("#")[0].endswith(".whl")
        case SourceKind.PATH:
            return True


def requirement_fault(text: str, message: str, origin: Origin) -> SyntaxFault:
    """Return the error for a requirement that no installer reads; `message` is packaging's."""
    first, *rest = message.splitlines() or [""]
    caret = next((len(line) - 1 - 4 for line in rest if line.strip(" ~").endswith("^")), None)
    place = f" at column {caret + 1}" if caret is not None and caret >= 0 else ""
    return SyntaxFault(
        f"not a valid requirement{place}: {first.strip().rstrip('.:')}",
        found=re.sub(QUERY_KEY, "", text.strip()),
        origin=origin,
        rule="a requirement is a name, optional [extras], version specifiers, and an optional"
        " marker after `;` (PEP 508)",
        steps=("correct the line that is named", "or remove it if the project does not need it"),
        example='flask[async]>=3.0,<4 ; python_version >= "3.10"',
    )


def unreadable_entry(
    name: str, value: object, origin: Origin, kind: str, rule: str, example: str
) -> ManifestError:
    """Return the error for an entry of Pipenv's or Poetry's tables that is no `kind`."""
    return ManifestError(
        f"the entry `{name}` is not a {kind}",
        found=strip_credentials(str(value)).url[:80],
        origin=origin,
        rule=f"an entry is {rule}",
        steps=("correct the entry that is named",),
        example=f"{name} = {{ {example} }}",
    )


def _without_egg(url: str) -> str:
    address, mark, fragment = url.partition("#")
    parts = [part for part in fragment.split("&") if part and not part.startswith(("egg=", "["))]
    return f"{address}{mark}{'&'.join(parts)}" if parts else address


@lru_cache(maxsize=4096)
def to_pep440(constraint: str) -> str:
    """Return a constraint (`^1.2`, `~1.2`, `1.*`, `>=1,<2`) as a PEP 440 specifier, "" for any.

    Raises ValueError if Poetry could not read it either.
    """
    # PEP 440 cannot say alternatives: any version is what all of them admit.
    alternatives = to_alternatives(constraint)
    return alternatives[0] if len(alternatives) == 1 else ""


@lru_cache(maxsize=4096)
def to_alternatives(constraint: str) -> tuple[str, ...]:
    """Return the PEP 440 specifiers of which one must hold; ValueError as `to_pep440`."""
    found = []
    for alternative in re.split(OR, constraint.strip()):
        pieces = re.split(AND, alternative.strip().rstrip(",").rstrip())
        clauses = (_clause(piece.strip()) for piece in pieces if piece.strip())
        found.append(",".join(clause for clause in clauses if clause))
    return tuple(found)


def python_marker(constraint: str) -> str:
    """Return Poetry's `python = "^3.9"` of a dependency as a marker, "" for any Python."""
    alternatives = [
        " and ".join(map(_python_comparison, specifier.split(","))) if specifier else ""
        for specifier in to_alternatives(constraint)
    ]
    if "" in alternatives or len(alternatives) == 1:
        return min(alternatives)
    return " or ".join(f"({part})" if " and " in part else part for part in alternatives)


def _python_comparison(clause: str) -> str:
    one = Specifier(clause)
    plain = one.version.removesuffix(".*")
    # Two numbers compare with `python_version`, which is X.Y itself; so does Poetry.
    # "<=3.11" is about 3.11.0: it leaves 3.11.1 out.
    if plain.count(".") == 1 and one.operator not in ("<=", ">"):
        return f'python_version {one.operator} "{plain}"'
    return f'python_full_version {one.operator} "{one.version}"'


def platform_marker(constraint: str) -> str:
    """Return Poetry's `platform = "linux || darwin"` as a marker, "" for any platform."""
    parts = [part.strip() for part in re.split(OR, constraint.strip())]
    if "*" in parts:
        return ""
    return " or ".join(
        f'sys_platform {"!=" if part.startswith("!=") else "=="} "{part.lstrip("!= ")}"'
        for part in parts
    )


def _clause(text: str) -> str:
    # One of Poetry's constraints as PEP 440 clauses, "" where it admits every version.
    if re.fullmatch(ANYTHING, text):
        return ""
    match = re.fullmatch(CONSTRAINT, text)
    if match is None:
        raise ValueError(text)
    operator, version = SPELLINGS.get(match["operator"], match["operator"]), match["version"]
    if match["wild"]:
        return f"{'!=' if operator == '!=' else '=='}{version}.*"
    parsed = Version(version)
    release = list(parsed.release)
    if operator == "^" or (operator == "~=" and len(release) == 1):
        # The first number that is not zero is raised, the last one that is written if all are.
        position = next((at for at, number in enumerate(release[:2]) if number), 2)
    elif operator == "~":
        position = 1
    else:
        return str(Specifier(f"{operator}{version}"))
    position = min(position, len(release) - 1)
    above = [*release[:position], release[position] + 1, *([] if position else [0])]
    epoch = f"{parsed.epoch}!" if parsed.epoch else ""
    return f">={version},<{epoch}{'.'.join(map(str, above))}"
