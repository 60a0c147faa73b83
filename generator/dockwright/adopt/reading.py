"""What one instruction says, as a setting or as a reason why it is none."""

from typing import Any

from dockwright.model.origin import Origin
from dockwright.model.record import record


@record
class Reading:
    """A setting that was read: `key` and `value` as the settings file holds them."""

    key: str
    value: Any
    origin: Origin


@record
class Unread:
    """Something that became no setting: the instruction, why, and what to do instead ("" if nothing)."""

    text: str
    why: str
    origin: Origin
    instead: str = ""


@record
class Adoption:
    """A hand-written Dockerfile, taken apart."""

    readings: tuple[Reading, ...]
    unread: tuple[Unread, ...]

    @property
    def changes(self) -> dict[str, Any]:
        """The settings together: lists and tables of several instructions are joined, otherwise the last one holds."""
        result: dict[str, Any] = {}
        for reading in self.readings:
            before = result.get(reading.key)
            if isinstance(before, list):
                result[reading.key] = [
                    *before,
                    *(item for item in reading.value if item not in before),
                ]
            elif isinstance(before, dict):
                result[reading.key] = before | reading.value
            else:
                result[reading.key] = reading.value
        return result
