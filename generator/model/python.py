"""Python as it was asked for and as it was settled."""

from dataclasses import dataclass

from generator.model.origin import Origin


@dataclass(frozen=True, kw_only=True)
class RequestedPython:
    """One wish for a Python version.

    `specifier` is PEP 440 ("==3.11.4", ">=3.10,<4"), `exact` the patch or minor version that a pin names ("" for a range),
    `spelled` what the file really says, `strength` "pin", "range" or "lock".
    """

    specifier: str
    spelled: str
    origin: Origin
    exact: str = ""
    strength: str = "range"


@dataclass(frozen=True, kw_only=True)
class PythonRelease:
    """The Python of the image: `version` "3.13" or "3.13.2" (an exact tag), `end_of_life` as YYYY-MM-DD."""

    version: str
    end_of_life: str = ""

    @property
    def minor(self) -> str:
        """The X.Y of this release."""
        return ".".join(self.version.split(".")[:2])
