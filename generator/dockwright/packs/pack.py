"""Reads `dockwright-template.toml`."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from dockwright import __version__
from dockwright.errors import PackError
from dockwright.model.origin import Origin
from dockwright.model.record import fields, record
from dockwright.model.toml_text import parse_toml

MANIFEST = "dockwright-template.toml"
TYPES = ("text", "choice", "bool", "integer", "list")
_PACK_KEYS = {"name", "description", "requires", "built-in", "question", "hooks"}


@record
class Question:
    """One question. `default` and `when` are templates over the plan and the answers so far."""

    key: str
    kind: str = "text"
    prompt: str = ""
    help: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    minimum: int | None = None
    maximum: int | None = None
    when: str = ""


# "type" is a builtin, so the field is called kind.
_QUESTION_KEYS = {field.name for field in fields(Question)} - {"kind"} | {"type"}


@record
class Pack:
    """A template pack: `files` go into the project, `templates` override built-in ones."""

    name: str
    folder: Path
    # Whether the Dockerfile, .dockerignore and compose file are written too.
    built_in: bool = True
    questions: tuple[Question, ...] = ()
    # Scripts, by the moment (before, after) in which they run.
    hooks: tuple[tuple[str, str], ...] = ()

    @property
    def files(self) -> Path:
        """The folder of files that go into the project."""
        return self.folder / "files"

    @property
    def templates(self) -> Path:
        """The folder of templates that override built-in ones."""
        return self.folder / "templates"


def load_pack(folder: Path) -> Pack:
    """Return the pack in `folder`; PackError for a manifest that is missing or wrong."""
    path = folder / MANIFEST
    if not path.is_file():
        raise PackError(
            f"there is no {MANIFEST} in {folder.name}",
            rule="a pack is a folder with that file, `files/` and, if wanted, `templates/`",
            steps=("check the path, or say --directory for a pack inside a repository",),
            example='name = "house-style"',
        )
    try:
        document = parse_toml(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise wrong(f"not valid TOML: {error}") from error
    _check_keys(document, _PACK_KEYS, "the pack")
    rows, hooks = document.get("question", []), document.get("hooks", {})
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise wrong("questions are an array of tables: write [[question]]", "question")
    if not isinstance(hooks, dict):
        raise wrong("hooks are a table: write [hooks]", "hooks")
    questions = tuple(_question(row) for row in rows)
    keys = [question.key for question in questions]
    for key in keys:
        if keys.count(key) > 1:
            raise wrong(f"the question {key} is asked twice", key)
    _check_version(str(document.get("requires", "")))
    return Pack(
        name=str(document.get("name") or folder.name),
        folder=folder,
        built_in=bool(document.get("built-in", True)),
        questions=questions,
        hooks=tuple(_hook(folder, moment, script) for moment, script in sorted(hooks.items())),
    )


def wrong(title: str, key: str | None = None) -> PackError:
    """Return the error for a manifest that says something wrong."""
    return PackError(
        title,
        origin=Origin(path=MANIFEST, key=key),
        rule="docs/templates.md has every key of a pack and of a question",
        steps=("correct the manifest of the pack",),
        example='[[question]]\nkey = "team"\nprompt = "Which team?"\ndefault = "{{ plan.name }}"',
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the end of a title that names the nearest of the known words, "" where none is."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def as_text(value: object) -> str:
    """Return a default or an answer as it is given on the command line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _check_keys(row: dict[str, Any], keys: set[str], what: str) -> None:
    for key in row.keys() - keys:
        raise wrong(f"{what} has no key {key!r}{did_you_mean(key, keys)}", key)


def _question(row: dict[str, Any]) -> Question:
    _check_keys(row, _QUESTION_KEYS, "a question")
    key, kind, choices = str(row.get("key", "")), row.get("type", "text"), row.get("choices", [])
    # The answers are names in templates, beside these two.
    if not key.isidentifier() or key in {"plan", "answers"}:
        raise wrong(f"{key!r} cannot be the key of a question: templates cannot read it", "key")
    if kind not in TYPES:
        raise wrong(f"question {key}: {kind!r} is no type; it is one of {', '.join(TYPES)}", "type")
    if not isinstance(choices, list) or (kind == "choice" and not choices):
        raise wrong(f"question {key}: choices are an array, and a choice needs some", "choices")
    # Exactly: a boolean is a whole number for Python.
    for bound in ("minimum", "maximum"):
        if type(row.get(bound, 0)) is not int:
            raise wrong(f"question {key}: {bound} is a whole number", bound)
    # Here, where the manifest can be named, and not at the first answer.
    try:
        re.compile(str(row.get("pattern", "")))
    except re.error as error:
        title = f"question {key}: the pattern is no regular expression: {error}"
        raise wrong(title, "pattern") from error
    texts = {name: str(row[name]) for name in ("help", "pattern", "when") if name in row}
    return Question(
        key=key,
        kind=kind,
        prompt=str(row.get("prompt") or key),
        default=as_text(row.get("default", "")),
        choices=tuple(map(str, choices)),
        minimum=row.get("minimum"),
        maximum=row.get("maximum"),
        **texts,
    )


def _check_version(requires: str) -> None:
    try:
        # An empty specifier contains every version.
        fits = SpecifierSet(requires).contains(__version__, prereleases=True)
    except InvalidSpecifier as error:
        raise wrong(f"requires is no version specifier: {requires}", "requires") from error
    if not fits:
        raise PackError(
            f"the pack needs Dockwright {requires}, and this is {__version__}",
            origin=Origin(path=MANIFEST, key="requires"),
            rule="a pack says which versions its templates were written for",
            steps=("install such a version", "or take another version of the pack with @REF"),
            example=f'pip install "dockwright{requires}"',
        )


def _hook(folder: Path, moment: str, script: object) -> tuple[str, str]:
    if moment not in {"before", "after"}:
        raise wrong(f"there is no moment {moment!r}: hooks run before or after", "hooks")
    # A link or `..` would run a program that nobody has read with the pack.
    path = (folder / str(script)).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise wrong(f"the hook {script} is not a file of the pack", "hooks")
    return moment, str(script)
