"""`dockwright generate --template`: a team's own pack of questions and files, cookiecutter style."""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from generator.errors import UsageError
from generator.model.output import RenderedFile
from generator.model.plan import Plan
from generator.model.record import record
from generator.model.settings import Settings
from generator.packs import Pack, Question, load_pack, render_pack, settle
from generator.packs.answers import Answer

ANSWERS = ".dockwright-answers.json"


@record
class TemplateRequest:
    """Where the pack is, which folder of it, and how to come to answers."""

    source: str
    directory: str
    no_input: bool
    replay: bool
    accept_hooks: bool
    answers: tuple[str, ...]


@record
class FromPack:
    """The rendered files, the answers behind them, and the hooks that the user accepted, by moment."""

    files: tuple[RenderedFile, ...]
    answers: dict[str, Answer]
    hooks: dict[str, Path]


@contextmanager
def from_pack(request: TemplateRequest, plan: Plan, settings: Settings, target: Path) -> Iterator[FromPack]:
    """Yield what the pack makes for the project; a pack from Git exists as long as the context does."""
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        pack = load_pack(_located(request, Path(folder)))
        answers = settle(pack, plan, _given(request, pack, target), None if _is_silent(request) else _ask)
        files = (*_built_in(pack, plan, settings), *render_pack(pack, plan, answers), _kept(pack, answers))
        yield FromPack(files=_last_wins(files), answers=answers, hooks=_hooks(pack, request))


def _located(request: TemplateRequest, folder: Path) -> Path:
    local = Path(request.source)
    if local.is_dir():
        found = local
    elif "/" in request.source or ":" in request.source:
        from generator.build.git import fetch

        found = fetch(request.source, folder)
    else:
        raise UsageError(
            f"there is no template pack {request.source}",
            rule="--template takes a folder, or the address of a Git repository with @REF if wanted",
            steps=("check the path",),
            example="dockwright generate --template ./house-style team=shop",
        )
    chosen = (found / request.directory).resolve()
    if not chosen.is_relative_to(found.resolve()):
        raise UsageError(
            f"--directory {request.directory} leaves the pack",
            rule="the directory lies inside the folder or repository of --template",
            steps=("name a folder inside it",),
            example="--directory packs/kubernetes",
        )
    return chosen


def _given(request: TemplateRequest, pack: Pack, target: Path) -> dict[str, str]:
    given: dict[str, str] = {}
    path = target / ANSWERS
    if request.replay:
        if not path.is_file():
            raise UsageError(
                "there are no answers to replay",
                found=f"{ANSWERS} does not exist in {target}",
                rule="--replay takes the answers of the last run with the same pack",
                steps=("run once without --replay",),
                example=f"dockwright generate --template {request.source}",
            )
        known = {question.key for question in pack.questions}
        document = json.loads(path.read_text(encoding="utf-8"))
        given = {key: value for key, value in document.get(pack.name, {}).items() if key in known}
    for word in request.answers:
        key, equals, value = word.partition("=")
        if not equals:
            raise click.UsageError(f"{word!r} is not key=value")
        given[key] = value
    return given


def _is_silent(request: TemplateRequest) -> bool:
    return request.no_input or request.replay or not (sys.stdin.isatty() and sys.stdout.isatty())


def _ask(question: Question, default: str) -> str:
    import questionary

    from generator.errors import PackAnswerError
    from generator.packs.answers import checked

    def valid(text: str) -> bool | str:
        try:
            checked(question, text)
        except PackAnswerError as error:
            return error.rule
        return True

    if question.help:
        click.echo(question.help)
    if question.kind == "bool":
        return str(
            questionary.confirm(question.prompt, default=default.lower() in {"true", "yes"}).unsafe_ask()
        ).lower()
    if question.kind == "choice":
        return str(questionary.select(question.prompt, choices=list(question.choices), default=default).unsafe_ask())
    return str(questionary.text(question.prompt, default=default, validate=valid).unsafe_ask())


def _built_in(pack: Pack, plan: Plan, settings: Settings) -> tuple[RenderedFile, ...]:
    if not pack.built_in:
        return ()
    from generator.render import render

    return render(plan, settings, overlay=pack.templates if pack.templates.is_dir() else None)


def _kept(pack: Pack, answers: Mapping[str, Answer]) -> RenderedFile:
    texts = {key: _as_text(value) for key, value in answers.items()}
    return RenderedFile(path=ANSWERS, text=json.dumps({pack.name: texts}, indent=2) + "\n", kind="extra")


def _as_text(value: Answer) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _last_wins(files: tuple[RenderedFile, ...]) -> tuple[RenderedFile, ...]:
    """A file of the pack replaces a built-in one of the same path."""
    return tuple({file.path: file for file in files}.values())


def _hooks(pack: Pack, request: TemplateRequest) -> dict[str, Path]:
    if pack.hooks and not request.accept_hooks:
        click.echo(f"the pack {pack.name} has hooks; they run only with --accept-hooks", err=True)
        return {}
    return {moment: pack.folder / script for moment, script in pack.hooks}
