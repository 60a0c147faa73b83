"""`dockwright generate` and the files that somebody lives with for years."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[3] / "samples"

Run = Callable[..., tuple[int, str, str]]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def add_compiled_dependency(project: Path) -> None:
    """A setting stands for what a new dependency does: a system package in the image."""
    (project / "dockwright.toml").write_text('packages = ["ffmpeg"]\n')


def test_an_edit_by_hand_and_a_new_package_are_both_in_the_file_without_a_question(
    project: Path, run: Run
) -> None:
    assert run("generate")[0] == 0
    edit(project / "Dockerfile", "USER 10001\n", "USER 10001\nVOLUME /data\n")
    add_compiled_dependency(project)
    code, out, _ = run("generate")
    assert code == 0
    assert "merge  Dockerfile" in out
    text = (project / "Dockerfile").read_text()
    assert "VOLUME /data" in text
    assert "ffmpeg" in text
    assert run("generate", "--check") == (0, "", "")


def test_check_shows_drift_and_writes_nothing(project: Path, run: Run) -> None:
    run("generate")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    add_compiled_dependency(project)
    code, out, err = run("generate", "--check")
    assert code == 1
    assert "Dockerfile: it is not what the project needs any more" in out
    assert "+        ffmpeg" in out or "ffmpeg" in out
    assert "run `dockwright generate`" in err
    (project / "dockwright.toml").unlink()
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_check_says_of_an_edited_file_that_it_is_out_of_date_and_that_the_edits_will_stay(
    project: Path, run: Run
) -> None:
    run("generate")
    edit(project / "Dockerfile", "USER 10001\n", "USER 10001\nVOLUME /data\n")
    add_compiled_dependency(project)
    code, out, _ = run("generate", "--check")
    assert code == 1
    assert "Dockerfile: it is not what the project needs any more; your edits will be kept" in out


def test_check_of_a_project_without_files_is_drift(project: Path, run: Run) -> None:
    code, out, _ = run("generate", "--check")
    assert code == 1
    assert "Dockerfile: it is missing" in out
    assert not (project / ".dockwright").exists()


def test_dry_run_says_what_would_happen(project: Path, run: Run) -> None:
    code, out, _ = run("generate", "--dry-run", "--diff")
    assert code == 0
    assert "create  Dockerfile" in out
    assert "+++ b/Dockerfile" in out
    assert not (project / "Dockerfile").exists()


def test_only_one_file_is_written(project: Path, run: Run) -> None:
    assert run("generate", "--only", "ignore")[0] == 0
    assert (project / ".dockerignore").exists()
    assert not (project / "Dockerfile").exists()


def test_a_conflict_ends_with_five_and_its_place(project: Path, run: Run) -> None:
    run("generate")
    edit(project / "Dockerfile", "EXPOSE 5000\n", "EXPOSE 5001\n")
    code, _, err = run("generate", "--set", "port=5002")
    assert code == 5
    assert "Dockerfile.rej" in err
    assert "--conflicts mine" in err
    assert "EXPOSE 5001" in (project / "Dockerfile").read_text()
    assert run("generate", "--check", "--set", "port=5002")[0] == 1
    code, _, _ = run("generate", "--set", "port=5002", "--conflicts", "mine")
    assert code == 0
    assert "EXPOSE 5001" in (project / "Dockerfile").read_text()
    assert not (project / "Dockerfile.rej").exists()


def test_json_is_one_document(project: Path, run: Run) -> None:
    code, out, _ = run("generate", "--output-format", "json")
    document = json.loads(out)
    assert code == 0
    assert {one["path"]: one["outcome"] for one in document["files"]}["Dockerfile"] == "create"
    code, out, _ = run("generate", "--output-format", "json", "--set", "port=0")
    assert code == 2
    assert json.loads(out)["error"]["code"] == "setting-value"


def test_github_gets_annotations_on_file_and_line(project: Path, run: Run) -> None:
    run("generate")
    edit(
        project / "Dockerfile",
        "FROM python:3.13-slim-trixie AS runtime",
        "FROM python:3.12-slim-trixie AS runtime",
    )
    (project / "dockwright.toml").write_text('base = "full"\n')
    code, out, _ = run("generate", "--check", "--output-format", "github")
    assert code == 1
    assert out.startswith("::error file=Dockerfile,line=6,title=dockwright conflict::line")
    (project / "dockwright.toml").write_text("port = 0\n")
    code, out, _ = run("generate", "--output-format", "github")
    assert code == 2
    assert out.startswith(
        "::error file=dockwright.toml,line=1,title=dockwright setting-value::dockwright.toml:1"
    )
    assert "%0A" in out


def test_the_command_is_remembered(project: Path, run: Run) -> None:
    run("generate", "--set", "labels.a=b c")
    manifest = json.loads((project / ".dockwright/manifest.json").read_text())
    assert manifest["command"] == "dockwright generate --set 'labels.a=b c'"


DOCKERFILE = """FROM python:3.13-slim
RUN apt-get update && apt-get install -y ffmpeg gcc
ENV LOG_LEVEL=info SECRET_KEY=abc
WORKDIR /code
COPY . .
RUN pip install pipenv && pipenv install --system --deploy
EXPOSE 5000
USER 1234
CMD ["gunicorn", "--bind", "0.0.0.0:5000", "inventory.web:application"]
"""


def test_a_hand_written_dockerfile_is_refused_then_adopted(project: Path, run: Run) -> None:
    (project / "Dockerfile").write_text(DOCKERFILE)
    code, _, err = run("generate")
    assert code == 2
    assert "generate --adopt" in err
    code, out, _ = run("generate", "--adopt")
    assert code == 0
    assert "environment.LOG_LEVEL=info  (line 3)" in out
    assert "user=1234  (line 8)" in out
    assert "Decided the same without a setting: python, base, packages, port" in out
    assert "gcc" in out
    assert "abc" not in out.partition("What differs")[0]
    assert "+++ b/Dockerfile" in out
    assert (project / "Dockerfile").read_text() == DOCKERFILE
    assert (project / "dockwright.toml").exists()
    assert run("generate", "--force")[0] == 0
    text = (project / "Dockerfile").read_text()
    assert "ffmpeg" in text
    assert "LOG_LEVEL=info" in text
    assert "1234" in text
    assert run("generate", "--check")[0] == 0


def test_adopting_can_be_tried(project: Path, run: Run) -> None:
    (project / "Dockerfile").write_text(DOCKERFILE)
    code, out, _ = run("generate", "--adopt", "--dry-run")
    assert code == 0
    assert "not written: dockwright.toml" in out
    assert not (project / "dockwright.toml").exists()


def test_adopting_and_replacing_in_one_go(project: Path, run: Run) -> None:
    (project / "Dockerfile").write_text(DOCKERFILE)
    code, out, _ = run("generate", "--adopt", "--force")
    assert code == 0
    assert "update  Dockerfile" in out
    assert "ffmpeg" in (project / "Dockerfile").read_text()


def test_a_setting_that_does_not_fit_is_not_adopted(project: Path, run: Run) -> None:
    (project / "Dockerfile").write_text(DOCKERFILE.replace("python:3.13", "python:3.11"))
    code, out, _ = run("generate", "--adopt")
    assert code == 0
    assert "it does not fit the project" in out
    assert "python=3.11" in out


def test_nothing_to_adopt_is_an_error(project: Path, run: Run) -> None:
    code, _, err = run("generate", "--adopt")
    assert code == 3
    assert "no Dockerfile to adopt" in err


def test_an_edit_and_a_new_dependency_that_needs_a_system_package(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(
        SAMPLES / "requirements-fastapi-app-main-uvicorn" / "project", tmp_path / "shop"
    )
    monkeypatch.chdir(tmp_path / "shop")
    dockerfile, manifest = tmp_path / "shop/Dockerfile", tmp_path / "shop/requirements.txt"
    assert run("generate")[0] == 0
    assert "libmagic1" not in dockerfile.read_text()
    edit(dockerfile, "USER 10001\n", "USER 10001\nVOLUME /data\n")
    manifest.write_text(manifest.read_text() + "python-magic==0.4.27\n")
    code, out, _ = run("generate")
    assert code == 0
    assert "merge  Dockerfile" in out
    assert "libmagic1" in dockerfile.read_text()
    assert "VOLUME /data" in dockerfile.read_text()
    assert run("generate", "--check")[0] == 0


@pytest.mark.parametrize(
    "arguments", [("--check",), ("--check", "--output-format", "json"), ("--adopt", "--diff")]
)
def test_a_secret_of_a_file_by_hand_is_never_printed(
    project: Path, run: Run, arguments: tuple[str, ...]
) -> None:
    by_hand = (
        "FROM python:3.13\nENV SECRET_KEY=hunter2 \\\n    STRIPE_KEY='hunter2'\nENV API_TOKEN hunter2\n"
        "COPY . .\nRUN DB_PASSWORD=hunter2 make it\nCMD gunicorn inventory.web:application\n"
    )
    (project / "Dockerfile").write_text(by_hand)
    _, out, err = run("generate", *arguments)
    assert "SECRET_KEY" in out
    assert "hunter2" not in out + err
    if "--check" in arguments:
        assert (project / "Dockerfile").read_text() == by_hand
    else:
        # What was there is kept beside the new one only by its owner; a setting would be committed.
        assert "hunter2" not in "".join(path.read_text() for path in project.glob("*.toml"))


SECRETS = """FROM python:3.12-slim
ARG API_KEY="hunter2 \\
    hunter2"
ENV SECRET_KEY hunter2 \\
    hunter2
RUN curl -u user:hunter2 https://example.org && mysql -phunter2 db
RUN curl -H "Authorization: Bearer hunter2" --password \\
    hunter2
RUN cat <<END > /root/.netrc
machine example.org
login me
password hunter2
END
RUN cat <<END > /root/.ssh/id
-----BEGIN OPENSSH PRIVATE{space}KEY-----
hunter2

-----END OPENSSH PRIVATE{space}KEY-----
END
EXPOSE 8080:80
"""


@pytest.mark.parametrize(
    "flags",
    [
        ["--check"],
        ["--adopt", "--dry-run"],
        ["--check", "--output-format", "json"],
        ["--force", "--diff"],
    ],
)
def test_no_secret_of_a_written_dockerfile_is_repeated(
    project: Path, run: Run, flags: list[str]
) -> None:
    (project / "Dockerfile").write_text(SECRETS.replace("{space}", " "))
    _, out, err = run("generate", *flags)
    assert "-u user:***" in out
    assert "8080:80" in out
    assert "hunter2" not in out + err
