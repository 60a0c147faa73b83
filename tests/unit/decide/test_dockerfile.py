"""The stages of the Dockerfile and their order."""

from pathlib import Path

import pytest
from dockwright.decide import decide
from dockwright.decide.development import without_static
from dockwright.detect import detect
from dockwright.model.dockerfile import Run, Stage
from dockwright.model.plan import Process
from dockwright.model.settings import Settings, StageSettings

FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(FLASK, encoding="utf-8")
    (tmp_path / ".python-version").write_text("3.13\n", encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("flask==3.1.0\ngunicorn==23.0.0\n", encoding="utf-8")
    return tmp_path


def stages(root: Path, settings: Settings | None = None) -> dict[str, Stage]:
    settings = settings or Settings()
    return {stage.name: stage for stage in decide(detect(root), settings).dockerfile.stages}


def commands(stage: Stage) -> list[str]:
    runs = (*stage.tool, *stage.install, *stage.project, *stage.assets)
    return [command for run in runs for command in run.commands]


def test_runtime_is_the_last_stage_and_nothing_is_compiled_without_need(project: Path) -> None:
    assert list(stages(project)) == ["base", "dev", "runtime"]


def test_the_container_runs_as_a_number_that_is_not_root(project: Path) -> None:
    assert stages(project)["runtime"].switch_user == "10001:10001"
    assert stages(project, Settings(user=1000))["runtime"].switch_user == "1000:1000"


def test_the_user_has_a_home_that_can_be_written_to(project: Path) -> None:
    found = stages(project)
    assert (found["runtime"].home, found["dev"].home) == ("/tmp", "/tmp")
    # Root keeps its own while the image is built: the caches of the tools are mounted there.
    assert not any(
        name == "HOME"
        for stage in found.values()
        for name, _ in (*stage.environment, *stage.late_environment)
    )


@pytest.mark.parametrize(
    "settings",
    [
        Settings(environment=(("HOME", "/data"),)),
        Settings(stages=(("runtime", StageSettings(environment=(("HOME", "/data"),))),)),
        Settings(stages=(("runtime", StageSettings(after=("ENV HOME=/data",))),)),
    ],
    ids=["of the image", "of the stage", "by a line"],
)
def test_a_home_of_the_settings_stays(project: Path, settings: Settings) -> None:
    assert stages(project, settings)["runtime"].home == ""


def test_development_does_not_byte_compile(project: Path) -> None:
    found = stages(project)
    assert not any("BYTE_COMPILE" in command for command in commands(found["dev"]))
    assert any("BYTE_COMPILE" in command for command in commands(found["runtime"]))


def test_development_on_top_of_a_build_stage_installs_nothing_twice(project: Path) -> None:
    (project / "requirements.txt").write_text("flask\ngunicorn\nuwsgi\n", encoding="utf-8")
    found = stages(project)
    assert found["dev"].parent == "build"
    assert found["dev"].install == ()


def test_a_compiler_is_named_with_those_who_need_it(project: Path) -> None:
    (project / "requirements.txt").write_text("flask\ngunicorn\nuwsgi\n", encoding="utf-8")
    assert (
        stages(project)["build"].comment
        == "Compiles uwsgi: compiler and headers stay in this stage."
    )


def test_git_alone_compiles_nothing(project: Path) -> None:
    (project / "requirements.txt").write_text(
        "flask\ngunicorn\nsparrow @ git+https://example.com/sparrow@v1\n", encoding="utf-8"
    )
    assert stages(project)["build"].comment.startswith("Fetches sparrow")


def test_without_development_there_is_no_stage_for_it(project: Path) -> None:
    assert list(stages(project, Settings(targets=()))) == ["base", "runtime"]


def test_packages_of_a_stage_come_on_top(project: Path) -> None:
    settings = Settings(stages=(("runtime", StageSettings(packages=("curl",))),))
    system = stages(project, settings)["runtime"].system
    assert system is not None
    assert system.packages == ("curl",)


def test_alpine_makes_its_user_with_its_own_tools(project: Path) -> None:
    user = stages(project, Settings(base="alpine"))["base"].user
    assert user is not None
    assert user.create is not None
    assert user.create.commands[0].startswith("addgroup")


class TestWithoutShell:
    """Distroless: the shipped image cannot run a RUN."""

    @pytest.fixture
    def found(self, project: Path) -> dict[str, Stage]:
        return stages(project, Settings(base="distroless"))

    def test_nothing_runs_in_the_shipped_image(self, found: dict[str, Stage]) -> None:
        assert commands(found["base"]) == commands(found["runtime"]) == []
        assert found["base"].user is not None
        assert found["base"].user.create is None

    def test_what_runs_starts_from_an_image_with_a_shell(self, found: dict[str, Stage]) -> None:
        assert found["build"].parent == "python:3.13-slim-trixie"

    def test_the_environment_points_to_the_shipped_python(self, found: dict[str, Stage]) -> None:
        assert "ln -sf /usr/bin/python3 /opt/venv/bin/python" in commands(found["assembled"])
        assert found["runtime"].venv_from == "assembled"

    def test_the_entry_point_of_the_image_is_taken_away(self, found: dict[str, Stage]) -> None:
        assert "ENTRYPOINT []" in found["runtime"].fragments_before


def browser(project: Path, settings: Settings | None = None) -> dict[str, Stage]:
    with (project / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write("playwright==1.50.0\n")
    return stages(project, settings)


def test_a_browser_is_downloaded_where_every_user_finds_it(project: Path) -> None:
    found = browser(project)
    assert ("PLAYWRIGHT_BROWSERS_PATH", "/ms-playwright") in found["base"].environment
    for name in ("runtime", "dev"):
        assert [run.commands for run in found[name].fetched] == [
            ("playwright install --only-shell chromium",)
        ]


def test_the_owners_folder_for_browsers_counts_while_the_image_is_built(project: Path) -> None:
    found = browser(project, Settings(environment=(("PLAYWRIGHT_BROWSERS_PATH", "/srv/browsers"),)))
    assert ("PLAYWRIGHT_BROWSERS_PATH", "/srv/browsers") in found["base"].environment


def test_a_long_list_of_packages_is_counted_in_the_comment(project: Path) -> None:
    system = browser(project, Settings(packages=("curl",)))["base"].system
    assert system is not None
    assert (
        system.comment
        == f"playwright: {len(system.packages) - 1} of these; the setting `packages`: curl"
    )


def test_the_comment_of_dev_says_what_holds(project: Path) -> None:
    (project / "requirements.txt").write_text("requests==2.32.0\n", encoding="utf-8")
    (project / "main.py").write_text("print('done')\n", encoding="utf-8")
    comment = stages(project)["dev"].comment
    assert (
        comment
        == "For development: what is shipped, and every file is the user's. `docker build --target dev .` makes it."
    )


def test_the_comment_of_dev_names_reloading_and_compose(project: Path) -> None:
    comment = stages(project)["dev"].comment
    assert (
        comment
        == "For development: a server that reloads. `TARGET=dev docker compose watch` runs it."
    )


def test_a_script_is_stopped_in_the_image_as_in_development(project: Path) -> None:
    (project / "main.py").write_text("print('done')\n", encoding="utf-8")
    found = stages(project)
    assert (found["dev"].stop_signal, found["runtime"].stop_signal) == ("SIGINT", "SIGINT")


@pytest.mark.parametrize(
    ("package", "before"),
    [("default-jre-headless", ("mkdir -p /usr/share/man/man1",)), ("openjdk-21-jdk-headless", ("mkdir -p /usr/share/man/man1",)), ("ffmpeg", ())],
)  # fmt: skip
def test_java_finds_the_folder_that_its_manual_pages_are_linked_into(
    package: str, before: tuple[str, ...], project: Path
) -> None:
    layer = stages(project, Settings(packages=(package,)))["base"].system
    assert layer is not None
    assert layer.before == before


def test_static_files_are_for_the_image_and_its_tests() -> None:
    static, folder = (
        Run(commands=("python manage.py collectstatic",)),
        Run(commands=("mkdir /data",)),
    )
    reloading = Process(
        name="web",
        kind="web",
        command=("gunicorn",),
        because="",
        development_command=("python", "manage.py", "runserver"),
    )
    fixed = Process(name="web", kind="web", command=("gunicorn",), because="")
    assert without_static((folder, static), static, reloading) == (folder,)
    assert without_static((folder, static), static, fixed) == (folder, static)
