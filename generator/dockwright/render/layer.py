"""One folder of templates among several."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockwright.model.record import field, record


@record
class Layer:
    """One folder of templates: `shown` names it in messages, `values` are what its templates find besides the plan."""

    folder: Path
    shown: str
    values: Mapping[str, Any] = field(default_factory=dict)
