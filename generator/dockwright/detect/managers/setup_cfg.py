"""setup.cfg as setuptools reads it: [metadata], [options] and what belongs to them."""

import configparser
import re
from collections.abc import Iterator

from dockwright.detect.managers.setup_values import (
    SetupMetadata,
    console_scripts,
    extra_group,
    requirements_of_files,
    requirements_of_lines,
)
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.errors import SyntaxFault
from dockwright.model.dependencies import MAIN, Requirement, Script
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern

PATH = "setup.cfg"
_FILE = Pattern(r"^file\s*:\s*(?P<names>.+)$", re.DOTALL)


def read_setup_cfg(tree: ProjectTree) -> SetupMetadata | None:
    """Return the metadata, None where the file is missing or holds only settings of tools.

    Raises SyntaxFault with the line where it is not an INI file.
    """
    text = tree.optional_text(PATH)
    if text is None:
        return None
    parser = _parsed(text)
    if not parser.has_option("metadata", "name") and not parser.has_section("options"):
        return None
    return _Reader(tree, text, parser).metadata()


class _Reader:
    """One setup.cfg."""

    def __init__(self, tree: ProjectTree, text: str, parser: configparser.RawConfigParser) -> None:
        self._tree = tree
        self._text = text
        self._parser = parser

    def metadata(self) -> SetupMetadata:
        """Return everything that the file says."""
        version = self._get("metadata", "version")
        requirements, files = self._requirements()
        return SetupMetadata(
            path=PATH,
            origin=self._origin("name"),
            name=self._get("metadata", "name"),
            version="" if version.startswith(("attr:", "file:")) else version,
            description=self._get("metadata", "description") or self._get("metadata", "summary"),
            license=self._get("metadata", "license"),
            requirements=requirements,
            extras=tuple(group.removeprefix("extra:") for group in self._groups() if group != MAIN),
            packages=tuple(self._packages()),
            scripts=self._scripts(),
            reads=tuple(
                sorted(
                    {
                        *files,
                        *self._files("metadata", "version"),
                        *self._files("metadata", "long_description"),
                    }
                )
            ),
            dynamic=("version",) if version.startswith("attr:") or not version else (),
            build_requires=tuple(self._lines("options", "setup_requires")),
        )

    def _requirements(self) -> tuple[tuple[Requirement, ...], tuple[str, ...]]:
        found, files = self._list("options", "install_requires", MAIN)
        for key in (
            self._parser.options("options.extras_require")
            if self._has("options.extras_require")
            else ()
        ):
            more, more_files = self._list("options.extras_require", key, extra_group(key))
            found, files = found + more, files + more_files
        return found, files

    def _list(
        self, section: str, key: str, group: str
    ) -> tuple[tuple[Requirement, ...], tuple[str, ...]]:
        files = self._files(section, key)
        if files:
            return requirements_of_files(self._tree, files, group), files
        lines = ((line, self._line_origin(line, key)) for line in self._lines(section, key))
        return requirements_of_lines(lines, group), ()

    def _groups(self) -> list[str]:
        options = (
            self._parser.options("options.extras_require")
            if self._has("options.extras_require")
            else []
        )
        return list(dict.fromkeys(extra_group(key) for key in options))

    def _packages(self) -> Iterator[str]:
        base = next(
            (line.partition("=")[2].strip() for line in self._lines("options", "package_dir")), ""
        )
        for name in (*self._lines("options", "packages"), *self._lines("options", "py_modules")):
            place = "/".join(part for part in (base, name.replace(".", "/")) if part)
            if "." not in name and (self._tree.has_folder(place) or self._tree.has(f"{place}.py")):
                yield place if self._tree.has_folder(place) else f"{place}.py"

    def _scripts(self) -> tuple[Script, ...]:
        text = self._get("options.entry_points", "console_scripts")
        return console_scripts(text, self._origin("console_scripts"), "console_scripts")

    def _files(self, section: str, key: str) -> tuple[str, ...]:
        match = _FILE.match(self._get(section, key))
        names = match["names"].replace("\n", ",").split(",") if match else ()
        return tuple(
            name.strip() for name in names if name.strip() and self._tree.has(name.strip())
        )

    def _lines(self, section: str, key: str) -> list[str]:
        value = self._get(section, key)
        parts = (
            value.splitlines()
            if "\n" in value
            else re.split(r"[;,]" if key != "install_requires" else r"\n", value)
        )
        return [part.strip() for part in parts if part.strip() and not part.strip().startswith("#")]

    def _get(self, section: str, key: str) -> str:
        """Return a value; setup.cfg may spell a key with `-` instead of `_`."""
        for name in (key, key.replace("_", "-")):
            value = self._parser.get(section, name, fallback=None)
            if value is not None:
                return value.strip()
        return ""

    def _has(self, section: str) -> bool:
        return self._parser.has_section(section)

    def _origin(self, key: str) -> Origin:
        return Origin(path=PATH, line=line_of(self._text, key), key=key)

    def _line_origin(self, line: str, key: str) -> Origin:
        return Origin(path=PATH, line=line_of(self._text, line), key=key)


def _parsed(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text, source=PATH)
    except configparser.MissingSectionHeaderError as error:
        raise _fault(error.lineno, "it does not begin with a [section]") from error
    except configparser.ParsingError as error:
        line = error.errors[0][0] if error.errors else 1
        raise _fault(
            line, "the line is neither a section, a key with a value, nor the rest of a value"
        ) from error
    except configparser.Error as error:
        raise _fault(1, str(error).splitlines()[0]) from error
    return parser


def _fault(line: int, what: str) -> SyntaxFault:
    return SyntaxFault(
        f"not a valid setup.cfg: {what}",
        origin=Origin(path=PATH, line=line),
        rule="setup.cfg is an INI file",
        steps=("mend the line that is named", "or restore the file from version control"),
        example=f"git diff {PATH}",
    )
