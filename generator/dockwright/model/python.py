"""Python as it was asked for and as it was settled."""

from dockwright.model.manager import Manager
from dockwright.model.origin import Origin
from dockwright.model.record import record


@record
class RequestedPython:
    """One wish for a Python version.

    `specifier` is PEP 440 ("==3.11.4", ">=3.10,<4", "" for any), alternatives joined by " || ".
    `exact` is the patch or minor version that is named ("" for a range), `spelled` what the file
    really says. `strength` is "range" (a manifest's own demand), "lock", "pin" (.python-version) or
    "hint" (files of other tools, which give way). `manager` is None where the file speaks for the
    whole project.
    """

    specifier: str
    spelled: str
    origin: Origin
    exact: str = ""
    strength: str = "range"
    manager: Manager | None = None


@record
class PythonRelease:
    """The Python of the image: `version` "3.13" or "3.13.2" (an exact tag), `end_of_life` as
    YYYY-MM-DD ("" unknown).
    """

    version: str
    end_of_life: str = ""
    prerelease: bool = False

    @property
    def tag(self) -> str:
        """The version as a tag of the official image spells it: "3.13", "3.13.2", "3.16-rc"."""
        return (
            f"{self.version}-rc"
            if self.prerelease and self.version.count(".") == 1
            else self.version
        )

    @property
    def minor(self) -> str:
        """The X.Y of this release."""
        return ".".join(self.version.split(".")[:2])
