"""The wizard, driven in a real pseudo-terminal of 80 columns."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

SAMPLES = Path(__file__).parents[3] / "samples"
PROJECTS = ("pipenv-flask-gunicorn", "poetry2-fastapi-package", "requirements-flask-redis-compose")
UP, DOWN, ENTER, CTRL_C, CLEAR, SPACE = "\x1b[A", "\x1b[B", "\r", "\x03", "\x15", " "

Start = Callable[..., Any]

OTHERWISE: dict[str, tuple[str, ...]] = {
    "How should the image install?": (DOWN, ENTER),
    "Which Python?": (DOWN, ENTER),
    "Which base image?": (DOWN, ENTER),
    "What does the container run?": (CLEAR, "python -m http.server 'a b'", ENTER),
    "On which port?": (CLEAR, "9123", ENTER),
    "Which path says that it is alive?": (CLEAR, "/alive", ENTER),
    "Further system packages of the image?": ("ffmpeg, less", ENTER),
    "Which services does it need beside it?": (SPACE, ENTER),
    "Run the migrations before anything else starts?": ("n",),
    "Which stages beside the one that is shipped?": (SPACE, ENTER),
    "Write compose.yaml?": (ENTER,),
    "Write?": (ENTER,),
}
"""Another answer than the decided one. The compose file stays, so that the questions about it are asked."""


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[str], Path]:
    def make(sample: str) -> Path:
        folder = tmp_path / "shop"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(SAMPLES / sample / "project", folder)
        return folder

    return make


def generate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dockwright", "generate", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def printed_command(text: str) -> list[str]:
    after = text.rpartition("The same without questions:")[2].replace("\n", " ")
    return shlex.split(re.sub(r"\s+", " ", after.partition("Next:")[0]))


def questions(terminal: Start, folder: Path) -> list[str]:
    asked = []
    with terminal(["init"], folder) as screen:
        while question := screen.question():
            asked.append(question)
            screen.answer(ENTER)
    return asked


@pytest.mark.parametrize("sample", PROJECTS)
def test_accepting_everything_is_what_generate_does(
    sample: str, terminal: Start, copy: Callable[[str], Path]
) -> None:
    folder = copy(sample)
    with terminal(["init"], folder) as screen:
        while screen.question():
            screen.answer(ENTER)
        assert screen.end() == 0
    assert "Nothing had to be stored" in screen.text
    assert printed_command(screen.text) == ["dockwright", "generate"]
    wizard = files(folder)
    assert {"Dockerfile", ".dockerignore"} <= set(wizard)
    assert generate(copy(sample)).returncode == 0
    assert files(folder) == wizard


@pytest.mark.parametrize("sample", PROJECTS)
def test_every_answer_can_be_another_and_is_kept(
    sample: str, terminal: Start, copy: Callable[[str], Path]
) -> None:
    folder = copy(sample)
    before = set(files(folder))
    with terminal(["init"], folder) as screen:
        asked = []
        while question := screen.question():
            asked.append(question)
            screen.answer(*OTHERWISE[question])
        assert screen.end() == 0
    assert len(asked) >= 7
    assert generate(folder, "--check").returncode == 0
    text = (folder / "Dockerfile").read_text()
    assert "http.server" in text
    assert "a b" in text
    assert "EXPOSE 9123" in text
    assert "AS dev" in text
    wizard = files(folder)
    command = printed_command(screen.text)
    assert command[:2] == ["dockwright", "generate"]
    assert generate(copy(sample), *command[2:]).returncode == 0
    made = {
        name
        for name in wizard
        if name not in before and name != "dockwright.toml" and not name.startswith(".dockwright/m")
    }
    again = files(folder)
    assert {name: again[name] for name in made} == {name: wizard[name] for name in made}


@pytest.mark.parametrize("sample", PROJECTS)
def test_ctrl_c_at_any_question_leaves_nothing_behind(
    sample: str, terminal: Start, copy: Callable[[str], Path]
) -> None:
    folder = copy(sample)
    count = len(questions(terminal, folder))
    for number in range(count):
        folder = copy(sample)
        before = files(folder)
        with terminal(["init"], folder) as screen:
            for _ in range(number):
                screen.question()
                screen.answer(ENTER)
            screen.question()
            screen.answer(CTRL_C)
            assert screen.end() == 130, screen.text
        assert files(folder) == before
        assert sorted(path.name for path in folder.iterdir() if path.name == ".dockwright") == []
        assert "Traceback" not in screen.text


def test_lines_fit_into_80_columns_and_no_color_means_no_colour(
    terminal: Start, copy: Callable[[str], Path]
) -> None:
    with terminal(["init"], copy("pipenv-flask-gunicorn"), NO_COLOR="1") as screen:
        while screen.question():
            screen.answer(ENTER)
        screen.end()
    colours = re.findall(
        r"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|4[0-7]|9[0-7]|38;[0-9;]+|48;[0-9;]+)m", screen.raw
    )
    assert colours == []
    printed = re.split(r"\? Write\?|\? [^\n]*$", screen.text, flags=re.MULTILINE)
    assert [
        line for part in printed for line in part.split("\n") if len(line) > 80 and "?" not in line
    ] == []


def test_colour_is_used_where_there_is_one(terminal: Start, copy: Callable[[str], Path]) -> None:
    with terminal(["init"], copy("pipenv-flask-gunicorn")) as screen:
        while screen.question():
            screen.answer(ENTER)
        screen.end()
    assert re.search(r"\x1b\[[0-9;]*3[0-9]m", screen.raw)


def test_a_stale_lock_is_offered_with_its_remedies(
    terminal: Start, copy: Callable[[str], Path]
) -> None:
    folder = copy("pipenv-stale-lock")
    before = files(folder)
    with terminal(["init"], folder) as screen:
        assert screen.question() == "The lock is stale. What now?"
        screen.answer(ENTER)
        assert screen.end() == 0
    assert "Stopped. Nothing was written." in screen.text
    assert files(folder) == before
    with terminal(["init"], folder) as screen:
        screen.question()
        screen.answer(DOWN, ENTER)
        while question := screen.question():
            assert question != "How should the image install?"
            screen.answer(ENTER)
        assert screen.end() == 0
    assert printed_command(screen.text) == ["dockwright", "generate", "--set", "strategy=relock"]
    assert (folder / "dockwright.toml").read_text() == 'strategy = "relock"\n'


def test_two_managers_are_a_question(terminal: Start, copy: Callable[[str], Path]) -> None:
    with terminal(["init"], copy("two-managers-error")) as screen:
        assert screen.question() == "Which package manager installs the image?"
        screen.answer(CTRL_C)
        assert screen.end() == 130


def test_pythons_that_contradict_each_other_are_a_question(
    terminal: Start, copy: Callable[[str], Path]
) -> None:
    folder = copy("pipenv-flask-gunicorn")
    (folder / ".python-version").write_text("3.12\n")
    with terminal(["init"], folder) as screen:
        assert screen.question() == "The files disagree about Python. Which one?"
        assert ".python-version" in screen.text
        screen.answer(ENTER)
        while screen.question():
            screen.answer(ENTER)
        assert screen.end() == 0
    assert "python" in (folder / "dockwright.toml").read_text()


def test_a_missing_server_is_a_question_with_its_remedy(terminal: Start, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("flask==3.1.0\n")
    (tmp_path / "app.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    (tmp_path / ".python-version").write_text("3.13\n")
    with terminal(["init"], tmp_path) as screen:
        assert screen.question() == "Nothing that is installed serves in production. What now?"
        screen.answer(UP, ENTER)
        assert screen.end() == 0
    assert "Stopped" in screen.text
    assert not (tmp_path / "Dockerfile").exists()
    with terminal(["init"], tmp_path) as screen:
        screen.question()
        screen.answer(DOWN, ENTER)
        assert screen.question() == "another command:"
        screen.answer("python -m waitress app:app", ENTER)
        while screen.question():
            screen.answer(ENTER)
        assert screen.end() == 0
    assert '["python", "-m", "waitress", "app:app"]' in (tmp_path / "Dockerfile").read_text()


def test_a_wrong_answer_is_explained_and_asked_again(
    terminal: Start, copy: Callable[[str], Path]
) -> None:
    folder = copy("pipenv-flask-gunicorn")
    with terminal(["init"], folder) as screen:
        while question := screen.question():
            if question == "On which port?":
                screen.answer(CLEAR, "eighty", ENTER)
                screen._settle()
                assert "must be a whole number" in screen.text
                screen.answer(CLEAR, "8080", ENTER)
            else:
                screen.answer(ENTER)
        assert screen.end() == 0
    assert "EXPOSE 8080" in (folder / "Dockerfile").read_text()


DOCKERFILE = (
    'FROM python:3.13\nENV LOG_LEVEL=debug\nCOPY . /app\nCMD ["python", "-m", "inventory"]\n'
)


def test_a_hand_written_dockerfile_is_read_first(
    terminal: Start, copy: Callable[[str], Path]
) -> None:
    folder = copy("pipenv-flask-gunicorn")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    with terminal(["init"], folder) as screen:
        assert "somebody wrote by hand" in screen.question()
        screen.answer(ENTER)
        asked = []
        while question := screen.question():
            asked.append(question)
            screen.answer(ENTER)
        assert screen.end() == 0
    assert "Which base image?" not in asked
    assert "LOG_LEVEL=debug" in (folder / "Dockerfile").read_text()
    assert 'base = "full"' in (folder / "dockwright.toml").read_text()
    assert generate(folder, "--check").returncode == 0


def test_files_of_others_are_kept_if_their_owner_wants_that(
    terminal: Start, copy: Callable[[str], Path]
) -> None:
    folder = copy("pipenv-flask-gunicorn")
    (folder / ".dockerignore").write_text("mine\n")
    with terminal(["init"], folder) as screen:
        while screen.question():
            screen.answer(ENTER)
        assert screen.end() == 0
    assert (folder / ".dockerignore").read_text() == "mine\n"
    assert (folder / "Dockerfile").exists()


def test_without_a_terminal_it_says_to_use_generate(copy: Callable[[str], Path]) -> None:
    folder = copy("pipenv-flask-gunicorn")
    ended = subprocess.run(
        [sys.executable, "-m", "dockwright", "init"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        input="",
    )
    assert ended.returncode == 2
    assert "dockwright generate" in ended.stderr


def test_a_second_time_it_asks_only_what_is_open(
    terminal: Start, copy: Callable[[str], Path]
) -> None:
    folder = copy("pipenv-flask-gunicorn")
    (folder / "dockwright.toml").write_text('# ours\nbase = "full"\n')
    assert "Which base image?" not in questions(terminal, folder)
    assert (folder / "dockwright.toml").read_text() == '# ours\nbase = "full"\n'
    assert (
        "python:3.13-trixie" in (folder / "Dockerfile").read_text()
        or "FROM python:3.13" in (folder / "Dockerfile").read_text()
    )
