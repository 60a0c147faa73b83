"""What the judges of all locks share: their sentences, and the error for a lock whose manifest is gone."""

from dockwright.errors import LoneLockError
from dockwright.model.dependencies import Disagreement
from dockwright.model.origin import Notice, Origin
from dockwright.model.pattern import Pattern

_WITH_USER = Pattern(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<user>[^/\s'\"]+)@(?P<host>[^/\s'\":#@]+)"
)

_SILENT_EDIT = "no entry contradicts the lock: one was removed, or only a constraint, marker, extra, group or source was edited"


def lone_lock(lock: str, manifest: str) -> LoneLockError:
    """Return the error for `lock` without `manifest`."""
    return LoneLockError(
        f"{lock} stands here without its {manifest}",
        origin=Origin(path=lock),
        rule=f"a lock says how to install what {manifest} asks for; alone it cannot be checked, and no manager installs it",
        steps=(
            f"restore {manifest} from version control",
            f"or remove {lock} if the project has another manager now",
        ),
        example=f"git checkout HEAD -- {manifest}",
    )


def summary(disagreements: tuple[Disagreement, ...], wishes: int) -> str:
    """Return in one sentence how much of a stale lock disagrees; `wishes` is how many entries the manifest has."""
    if not disagreements:
        return _SILENT_EDIT
    counts = [
        (sum(one.kind == kind for one in disagreements), kind)
        for kind in ("added", "removed", "changed")
    ]
    parts = ", ".join(f"{count} {kind}" for count, kind in counts if count)
    added = counts[0][0]
    if wishes > 2 and added * 5 >= wishes * 4:
        return f"{added} of the {wishes} entries of the manifest are not in it: it looks like the lock of another project"
    noun = "1 entry" if len(disagreements) == 1 else f"{len(disagreements)} entries"
    return f"seen from the lock, {noun} of the manifest differ{'s' if len(disagreements) == 1 else ''}: {parts}"


def credential_notices(path: str, text: str) -> tuple[Notice, ...]:
    """Return a notice for each line whose URL holds a user or password in plain text; variables and ssh users are none."""
    if "@" not in text:
        return ()
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        match = None if line.lstrip().startswith("#") else _WITH_USER.search(line)
        if match and not _is_harmless(match["scheme"], match["user"]):
            found.append(
                Notice(
                    code="credentials-in-manifest",
                    text=f"the address at {match['host']} holds credentials in plain text, and so does every copy of {path}",
                    origin=Origin(path=path, line=number),
                    remedy="change them, and read them from the environment: https://${INDEX_USER}:${INDEX_PASSWORD}@...",
                )
            )
    return tuple(found)


def _is_harmless(scheme: str, user: str) -> bool:
    name, _, password = user.partition(":")
    if "ssh" in scheme.lower() and not password:
        return True
    return all(part.startswith("$") for part in (name, password) if part)
