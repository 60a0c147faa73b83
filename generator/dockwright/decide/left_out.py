"""What the project keeps in an extra or a group of its own that is not installed."""

from collections.abc import Collection

from dockwright.decide.process_request import ProcessRequest
from dockwright.model.dependencies import MAIN

_FOR_DEVELOPERS = frozenset(
    {"dev", "develop", "development", "test", "tests", "testing", "docs", "lint", "typing"}
)


def left_out(names: Collection[str], request: ProcessRequest) -> str:
    """Return the setting that installs the first of the distributions `names` that is left out, "" where none is."""
    for wish in request.installed.requirements:
        kind, _, extra = wish.group.partition(":")
        group = extra or kind
        if wish.name in names and wish.group != MAIN and group not in _FOR_DEVELOPERS:
            setting = f'extras = ["{extra}"]' if extra else f'groups = ["{kind}"]'
            return f"{wish.name} is in the {'extra' if extra else 'group'} {group}: set {setting}"
    return ""
