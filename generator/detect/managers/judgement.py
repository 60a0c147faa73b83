"""What the judges of all locks share: their sentences, and the error for a lock whose manifest is gone."""

from generator.errors import LoneLockError
from generator.model.dependencies import Disagreement
from generator.model.origin import Origin

_SILENT_EDIT = (
    "every entry still fits its locked version: what was edited is a constraint, a marker, a group or a source"
)


def lone_lock(lock: str, manifest: str) -> LoneLockError:
    """Return the error for `lock` without `manifest`."""
    return LoneLockError(
        f"{lock} stands here without its {manifest}",
        origin=Origin(path=lock),
        rule=f"a lock says how to install what {manifest} asks for; alone it cannot be checked, and no manager installs it",
        steps=(f"restore {manifest} from version control", f"or remove {lock} if the project has another manager now"),
        example=f"git checkout HEAD -- {manifest}",
    )


def summary(disagreements: tuple[Disagreement, ...], wishes: int) -> str:
    """Return in one sentence how much of a stale lock disagrees; `wishes` is how many entries the manifest has."""
    if not disagreements:
        return _SILENT_EDIT
    counts = [(sum(one.kind == kind for one in disagreements), kind) for kind in ("added", "removed", "changed")]
    parts = ", ".join(f"{count} {kind}" for count, kind in counts if count)
    added = counts[0][0]
    if wishes > 2 and added * 5 >= wishes * 4:
        return (
            f"{added} of the {wishes} entries of the manifest are not in it: it looks like the lock of another project"
        )
    noun = "1 entry" if len(disagreements) == 1 else f"{len(disagreements)} entries"
    return f"seen from the lock, {noun} of the manifest differ{'s' if len(disagreements) == 1 else ''}: {parts}"
