"""The documentation is true: links, commands, settings, examples, exit codes and transcripts."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from dockwright import errors
from dockwright.cli import dockwright
from dockwright.cli.build import as_document as build_document
from dockwright.cli.prove import as_document
from dockwright.model.inspection import inspection_schema
from dockwright.model.output import BuildResult, Check, LayerReport, Proof, StepReport
from dockwright.settings import load_settings
from support.pages import (
    DOCS,
    INTERNALS,
    PAGES,
    ROOT,
    anchors,
    block,
    blocks,
    commands,
    links,
    prose,
    rows,
    section,
    shows,
    spans,
)
from support.pipenv import HASH, lock_text

COMMANDS = tuple((page, words) for page in PAGES for words in commands(page))
GENERATED = {"settings.md", "applications.md"}
SAMPLES = ROOT / "samples"
USER_PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def run(words: list[str], folder: Path) -> str:
    """Return what the command prints, on both streams."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("DOCKWRIGHT_")
    }
    environment |= {"COLUMNS": "80", "PYTHONPATH": str(ROOT / "generator")}
    argv = [sys.executable, "-m", "dockwright", *words]
    done = subprocess.run(
        argv,
        cwd=folder,
        env=environment,
        stdout=-1,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


# Links


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)}: {link}"
        assert not anchor or anchor in anchors(target), (
            f"{name_of(page)}: {link}, and there are {sorted(anchors(target))}"
        )


@pytest.mark.parametrize("folder", [DOCS, INTERNALS], ids=name_of)
def test_every_page_is_in_the_index(folder: Path) -> None:
    index = {link.partition("#")[0] for link in links(folder / "README.md")}
    assert {page.name for page in folder.glob("*.md")} - {"README.md"} - index == set()


# Prose


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_speaks_of_a_machine_or_of_a_registry(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.$~])/(work|home)/", text)
    assert not re.search(r"(?<![\w.$~])/root/", prose(page))
    assert not re.search(
        r"\b(pypi\.org|pythonhosted\.org|ghcr\.io|docker\.io|gcr\.io|quay\.io)\b", prose(page)
    )


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name not in GENERATED], ids=name_of
)
def test_lines_are_short(page: Path) -> None:
    long = [
        line
        for line in page.read_text(encoding="utf-8").splitlines()
        if len(line) > 140 and not line.startswith(("|", "- `", "python3 -m venv"))
    ]
    assert long == []


def test_a_user_finds_all_in_8000_words() -> None:
    """Prose and tables; what is shown to be copied does not count."""
    without_code = (
        re.sub(
            r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
        )
        for page in USER_PAGES
    )
    assert sum(len(re.findall(r"\S*\w\S*", text)) for text in without_code) <= 8000


# Commands and settings


@pytest.mark.parametrize(
    ("page", "words"), COMMANDS, ids=[f"{name_of(p)}: {' '.join(w)}" for p, w in COMMANDS]
)
def test_every_command_is_one(page: Path, words: tuple[str, ...], tmp_path: Path) -> None:
    with dockwright.make_context("dockwright", [], resilient_parsing=True) as context:
        command = dockwright.get_command(context, words[0])
        assert command is not None, f"there is no command {words[0]}"
        try:
            parsed = command.make_context(words[0], [*words[1:]], parent=context)
        except click.MissingParameter:  # the prose speaks of the command as such
            return
    flags = tuple(
        flag for flag in parsed.params.get("flags", ()) if "..." not in flag and flag != "key=value"
    )
    load_settings(tmp_path, flags=flags, environ={})


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_example_of_settings_is_accepted(page: Path, tmp_path: Path) -> None:
    for number, each in enumerate(blocks(page)):
        if each.language == "toml" and "[tool.dockwright" in each.text:
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / "pyproject.toml").write_text(each.text, encoding="utf-8")
            load_settings(folder, flags=(), environ={})
        elif each.language == "toml":
            tomllib.loads(each.text)


def rows_of_settings() -> list[tuple[str, str]]:
    """Return the settings of the table and their examples."""
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z-]+)` \|.*\| `(.+)` \|$", text, re.MULTILINE)


def test_every_setting_is_accepted_as_its_row_spells_it(tmp_path: Path) -> None:
    spelled = rows_of_settings()
    assert len(spelled) > 30
    for number, (key, example) in enumerate(spelled):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "dockwright.toml").write_text(f"{key} = {example}\n", encoding="utf-8")
        load_settings(folder, flags=(), environ={})


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_settings_in_the_prose_are_accepted(page: Path, tmp_path: Path) -> None:
    """A span such as `services = ["postgres"]` whose key is a setting."""
    known = {key for key, _ in rows_of_settings()}
    for span in spans(page.read_text(encoding="utf-8")):
        key, equals, value = span.partition(" = ")
        if equals and key in known and "..." not in value:
            (tmp_path / "dockwright.toml").write_text(span + "\n", encoding="utf-8")
            load_settings(tmp_path, flags=(), environ={})


def test_every_sample_that_a_page_names_is_there() -> None:
    kept = {folder.name for folder in (ROOT / "samples").iterdir() if folder.is_dir()}
    named = set(
        re.findall(
            r"\*sample\* (`[a-z0-9-]+`(?:, `[a-z0-9-]+`)*)", (DOCS / "comparison.md").read_text()
        )
    )
    assert {name for names in named for name in spans(names)} - kept == set()
    assert len(named) > 10


# Exit codes


def families(base: type[errors.DockwrightError]) -> set[type[errors.DockwrightError]]:
    """Return the classes of dockwright.errors below `base`."""
    found = {each for each in base.__subclasses__() if each.__module__ == errors.__name__}
    return found.union(*(families(each) for each in found))


def test_the_exit_codes_are_those_of_the_errors() -> None:
    codes = {0, 1} | {each.exit_code for each in families(errors.DockwrightError)}
    readme, page = (
        section(ROOT / "README.md", "Exit codes"),
        section(DOCS / "troubleshooting.md", "Exit codes"),
    )
    assert {int(row[0]) for row in rows(readme)} == codes
    assert [row[:2] for row in rows(page)] == [row[:2] for row in rows(readme)]
    assert {
        int(line.split()[0]) for line in str(dockwright.epilog).splitlines()[2:] if line.strip()
    } == codes


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_exit_code_in_the_prose_is_one(page: Path) -> None:
    codes = {0, 1, 130} | {each.exit_code for each in families(errors.DockwrightError)}
    own = {
        "build-and-prove.md": {143},
        "troubleshooting.md": {137},
    }  # of a container that was stopped, of a step
    text = " ".join(page.read_text(encoding="utf-8").split())
    told = {
        int(code)
        for found in re.findall(r"[Ee]xit code:? (\d+(?: or \d+)?)", text)
        for code in found.split(" or ")
    }
    assert told - codes - own.get(page.name, set()) == set()


def test_the_codes_in_json_are_those_of_the_errors() -> None:
    told = {
        int(row[0]): set(spans(row[2]))
        for row in rows(section(DOCS / "troubleshooting.md", "Exit codes"))
        if row[2]
    }
    real: dict[int, set[str]] = {}
    for each in families(errors.DockwrightError):
        real.setdefault(each.exit_code, set()).add(each.code)
    assert told == real


# JSON


def test_the_page_names_every_key_of_inspect() -> None:
    keys = {key for shape in inspection_schema()["$defs"].values() for key in shape["properties"]}
    told = {
        word
        for span in spans(section(DOCS / "json.md", "inspect --json"))
        for word in re.findall(r"\w+", span)
    }
    assert keys - told == set()
    top = set(inspection_schema()["$defs"]["Inspection"]["properties"])
    table = {
        re.findall(r"\w+", row[0])[0] for row in rows(section(DOCS / "json.md", "inspect --json"))
    }
    assert table == top


def test_the_page_names_every_key_of_prove() -> None:
    proof = Proof(
        image="app",
        checks=(Check(name="user", passed=True, found="10001:10001"),),
        sizes=(("flask", 1),),
    )
    document = as_document(proof)
    text = section(DOCS / "json.md", "prove --json")
    assert {row[0].strip("`[]") for row in rows(text)} == set(document)
    assert set(vars(proof.checks[0])) <= set(spans(text))


def test_the_page_names_every_key_of_build() -> None:
    step, layer = StepReport(name="[base] RUN a"), LayerReport(instruction="RUN a", size=1)
    document = build_document(
        BuildResult(tag="app", steps=(step,), layers=(layer,), distributions=(("flask", 1),))
    )
    text = section(DOCS / "json.md", "build --json")
    assert {name for row in rows(text) for name in re.findall(r"`(\w+)", row[0])} == set(document)
    assert {*vars(step), *vars(layer)} <= set(spans(text))


def test_the_table_of_a_proof_names_every_point() -> None:
    source = "".join(
        path.read_text() for path in (ROOT / "generator" / "dockwright" / "prove").glob("*.py")
    )
    points = set(re.findall(r'(?:Check\(\s*name=|_none\()"([a-z-]+)"', source))
    assert len(points) > 10
    assert {
        row[0].strip("`") for row in rows(section(DOCS / "build-and-prove.md", "Prove"))
    } == points


# Examples that run


def test_the_examples_of_the_library_run(tmp_path: Path) -> None:
    code = "\n".join(each.text for each in blocks(DOCS / "library.md") if each.language == "python")
    (tmp_path / "examples.py").write_text(code, encoding="utf-8")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("DOCKWRIGHT_")
    }
    done = subprocess.run(
        [sys.executable, "examples.py"], cwd=tmp_path, env=environment | {"PYTHONPATH": str(ROOT / "generator")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_readme_shows_a_whole_dockerfile_as_it_is_written() -> None:
    shown = next(each.text for each in blocks(ROOT / "README.md") if each.language == "dockerfile")
    written = SAMPLES / "pipenv-flask-gunicorn" / "expected" / "Dockerfile"
    assert shown == written.read_text(encoding="utf-8")


def test_the_first_command_of_the_readme_writes_the_files_of_a_sample(tmp_path: Path) -> None:
    words = next(
        one for one in commands(ROOT / "README.md") if one[:2] == ("generate", "--output-dir")
    )
    run([str(tmp_path) if word == "out" else word for word in words], ROOT)
    expected = (ROOT / words[-1]).parent / "expected"
    for path in expected.iterdir():
        if path.name != "plan.json":
            assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_the_template_of_five_lines_is_the_one_of_the_sample() -> None:
    shown = next(each.text for each in blocks(DOCS / "templates.md") if each.language == "jinja")
    folder = SAMPLES / "overlay-company-certificate"
    kept = folder / "project" / ".dockwright" / "templates" / "Dockerfile.j2"
    assert shown == kept.read_text(encoding="utf-8")
    assert len(shown.splitlines()) == 5
    written = (folder / "expected" / "Dockerfile").read_text(encoding="utf-8")
    assert "RUN update-ca-certificates\n" in written


# The Dockerfile

EXPECTED = sorted(SAMPLES.glob("*/expected/Dockerfile"))


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.parents[1].name)
def test_every_line_of_a_dockerfile_is_explained(path: Path) -> None:
    """Instructions, variables of the image, kinds of mounts, and options of the health check and of CMD."""
    page = (DOCS / "dockerfile.md").read_text(encoding="utf-8")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    text = "\n".join(lines)
    instructions = {line.split()[0] for line in lines if re.match(r"[A-Z]+ ", line)}
    mounts = set(re.findall(r"type=(?:cache|tmpfs|bind|secret|ssh)", text))
    variables = set(re.findall(r"\b(?:UV_\w+|VIRTUAL_ENV|PYTHONUNBUFFERED)(?==)", text))
    checks = set(re.findall(r"^HEALTHCHECK (.*?) \\$", text, re.MULTILINE))
    options = {option.partition("=")[0] for check in checks for option in check.split()}
    server = text.partition('\nCMD ["gunicorn"')[2]
    options |= set(re.findall(r'"(--[a-z-]+)"', server)) if server else set()
    wanted = instructions | mounts | variables | options
    assert {one for one in wanted if one not in page} == set()


# First steps


def test_the_first_steps_lead_where_the_page_says(tmp_path: Path) -> None:
    """Every step that needs no engine, with a lock of the same shape in place of the one that a container makes."""
    page = DOCS / "first-steps.md"
    folder = tmp_path / "visits"
    folder.mkdir()
    (folder / "Pipfile").write_text(block(page, "toml", "`Pipfile`"), encoding="utf-8")
    (folder / "app.py").write_text(block(page, "py", "`app.py`"), encoding="utf-8")
    steps = [
        (command.splitlines()[0], command.partition("\n")[2])
        for each in blocks(page)
        if each.language == "console"
        for command in re.split(r"^\$ ", each.text, flags=re.MULTILINE)[1:]
    ]
    for number, (command, expected) in enumerate(steps):
        words = command.split()
        if words[:2] == ["dockwright", "lock"]:
            (folder / "Pipfile.lock").write_text(_lock(folder / "Pipfile"), encoding="utf-8")
        elif words[0] == "dockwright" and words[1] not in {"build", "prove"}:
            printed = run(words[1:], folder)
            missing = shows(expected, printed)
            assert not missing, f"step {number}, {command}:\n{missing}"
            assert expected or not printed, f"step {number}, {command} prints {printed}"
        if words == ["docker", "compose", "down"]:
            _edit(page, folder)
        if "merge  Dockerfile" in expected:
            _after_the_merge(page, folder)


def _edit(page: Path, folder: Path) -> None:
    """Step 7, by hand."""
    dockerfile = (folder / "Dockerfile").read_text(encoding="utf-8")
    missing = shows(block(page, "dockerfile", "Read the Dockerfile; it fits"), dockerfile)
    assert not missing, f"the Dockerfile has not:\n{missing}"
    label = block(page, "dockerfile", "Edit the Dockerfile by hand")
    edited = dockerfile.replace("\nUSER 10001\n", f"\n{label}USER 10001\n")
    assert edited != dockerfile
    (folder / "Dockerfile").write_text(edited, encoding="utf-8")
    (folder / "dockwright.toml").write_text(
        block(page, "toml", "Then decide on another port"), encoding="utf-8"
    )


def _after_the_merge(page: Path, folder: Path) -> None:
    """The end of step 7, and step 8 by hand."""
    merged = (folder / "Dockerfile").read_text(encoding="utf-8")
    assert "EXPOSE 8000" in merged
    assert block(page, "dockerfile", "Edit the Dockerfile by hand") in merged
    pipfile = folder / "Pipfile"
    text = pipfile.read_text(encoding="utf-8")
    pipfile.write_text(
        text.replace('redis = "*"\n', 'redis = "*"\nrequests = "*"\n'), encoding="utf-8"
    )


def _lock(pipfile: Path) -> str:
    text = pipfile.read_text(encoding="utf-8")
    versions = {"gunicorn": "27.0.1"}
    wanted = {
        name: {"hashes": [HASH], "version": f"=={versions.get(name, '1.0')}"}
        for name in tomllib.loads(text)["packages"]
    }
    return lock_text(
        text, {"default": wanted, "develop": {"pytest": {"hashes": [HASH], "version": "==9.2.0"}}}
    )
