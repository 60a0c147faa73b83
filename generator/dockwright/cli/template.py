"""`dockwright generate --template`: a team's own pack of questions and files."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from dockwright.cli.options import GenerateRequest
from dockwright.errors import PackAnswerError, UsageError, redact
from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.model.record import record
from dockwright.model.settings import Settings
from dockwright.packs import pack_files
from dockwright.packs.answers import Answer, checked, settle
from dockwright.packs.pack import Pack, Question, load_pack
from dockwright.packs.pack_files import Applied, kept_files


@record
class FromPack:
    """The rendered files, the answers behind them, and the hooks that were accepted, by moment."""

    files: tuple[RenderedFile, ...]
    answers: dict[str, Answer]
    hooks: dict[str, Path]
    # The copy of the pack that later runs use, and what an older copy had besides.
    kept: tuple[RenderedFile, ...] = ()
    obsolete: tuple[str, ...] = ()


@contextmanager
def from_pack(request: GenerateRequest, plan: Plan, settings: Settings) -> Iterator[FromPack]:
    """Yield what the pack makes for the project; packs that were applied before stay."""
    target = request.target
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        pack = load_pack(_located(request, Path(folder)))
        asks = not (request.no_input or request.replay)
        asks = asks and sys.stdin.isatty() and sys.stdout.isatty()
        answers = settle(pack, plan, _given(request, pack, target), _ask if asks else None)
        # The record holds an address without credentials, or a folder seen from the project.
        local = Path(request.template).is_dir()
        source = Path(os.path.relpath(request.template, target)).as_posix() if local else ""
        new = Applied(pack=pack, answers=answers, source=source or redact(request.template))
        kept, obsolete = kept_files(new, target)
        hooks = {moment: pack.folder / script for moment, script in pack.hooks}
        if hooks and not request.accept_hooks:
            hooks = {}
            text = f"the pack {pack.name} has hooks; they run only with --accept-hooks"
            click.echo(text, err=True)
        yield FromPack(
            files=_files(new, plan, settings, request),
            answers=answers,
            hooks=hooks,
            kept=kept,
            obsolete=obsolete,
        )


def _files(
    new: Applied, plan: Plan, settings: Settings, request: GenerateRequest
) -> tuple[RenderedFile, ...]:
    # A file of a pack replaces a built-in one of the same path.
    from dockwright.api import OVERLAY
    from dockwright.render import render

    if not new.pack.built_in:
        return pack_files.files_of((new,), plan)
    overlay = request.path / OVERLAY
    before = pack_files.applied_packs(request.target, plan)
    applied = (new, *(one for one in before if one.pack.name != new.pack.name))
    own = overlay if overlay.is_dir() else None
    built_in = render(plan, settings, overlay=own, layers=pack_files.layers_of(applied))
    extra = pack_files.files_of(applied, plan)
    return tuple({file.path: file for file in (*built_in, *extra)}.values())


def _located(request: GenerateRequest, folder: Path) -> Path:
    from dockwright.build.programs import fetch_pack

    local = Path(request.template)
    if local.is_dir():
        found = local
    elif "/" in request.template or ":" in request.template:
        found = fetch_pack(request.template, folder)
    else:
        raise UsageError(
            f"there is no template pack {request.template}",
            rule="--template takes a folder, or the address of a Git repository, with @REF or not",
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


def _given(request: GenerateRequest, pack: Pack, target: Path) -> dict[str, str]:
    given: dict[str, str] = {}
    if request.replay:
        entry = pack_files.recorded(target).get(pack.name)
        if entry is None:
            raise UsageError(
                f"there are no answers to replay for the pack {pack.name}",
                found=f"{pack_files.ANSWERS} in {target} does not name it",
                rule="--replay takes the answers of the last run with the same pack",
                steps=("run once without --replay",),
                example=f"dockwright generate --template {request.template}",
            )
        known = {question.key for question in pack.questions}
        # The pack may have dropped a question since; its old answer is nobody's fault.
        given = {key: value for key, value in entry["answers"].items() if key in known}
    for word in request.answers:
        key, equals, value = word.partition("=")
        if not equals:
            raise click.UsageError(f"{word!r} is not key=value")
        given[key] = value
    return given


def _ask(question: Question, default: str) -> str:
    import questionary

    def valid(text: str) -> bool | str:
        try:
            checked(question, text)
        except PackAnswerError as error:
            return error.rule
        return True

    if question.help:
        click.echo(question.help)
    if question.kind == "bool":
        yes = default.lower() in {"true", "yes"}
        return str(questionary.confirm(question.prompt, default=yes).unsafe_ask()).lower()
    if question.kind == "choice":
        choices = list(question.choices)
        return str(questionary.select(question.prompt, choices, default=default).unsafe_ask())
    return str(questionary.text(question.prompt, default=default, validate=valid).unsafe_ask())
