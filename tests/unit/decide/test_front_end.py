"""The stage in which Node.js builds a front end, and the one that serves it."""

from types import SimpleNamespace
from typing import Any

import pytest
from dockwright.decide.front_end import node_major, plan_front_ends
from dockwright.model.application import Application, FrontEnd
from dockwright.model.artifact import DockerfilePlan
from dockwright.model.origin import Origin
from dockwright.model.settings import Settings
from dockwright.render.files import make_environment


def front_end(**fields: Any) -> FrontEnd:
    values: dict[str, Any] = {
        "folder": "frontend",
        "manager": "npm",
        "lock": "frontend/package-lock.json",
        "build_script": "build",
        "output": "dist",
        "origin": Origin(path="frontend/package.json", line=1),
    }
    return FrontEnd(**{**values, **fields})


def plan(*front_ends: FrontEnd, **options: Any) -> Any:
    return plan_front_ends(Application(front_ends=front_ends), Settings(), **options)


def template_text(made: Any) -> str:
    """Return the Dockerfile of a project with these front ends and nothing else."""
    dockerfile = DockerfilePlan(image="python:3.13-slim", front_ends=made.stages)
    shown = SimpleNamespace(dockerfile=dockerfile, generator="dockwright", compose=None)
    return make_environment().get_template("Dockerfile.j2").render(plan=shown)


def test_the_output_of_a_build_is_copied_to_where_python_serves_it() -> None:
    (stage,) = plan(front_end()).stages

    assert (stage.build_stage, stage.image, stage.stage) == ("frontend", "node:24-slim", "")
    assert stage.outputs == ("frontend/dist",)


def test_an_output_outside_the_front_ends_folder_keeps_its_place() -> None:
    (stage,) = plan(front_end(output="../app/static")).stages
    assert stage.outputs == ("app/static",)


def test_a_front_end_in_the_root_is_built_from_the_root() -> None:
    stage = plan(front_end(folder="", lock="package-lock.json", output="static/dist")).stages[0]

    assert stage.folder == ""
    assert stage.manifests == ("package.json", "package-lock.json")


@pytest.mark.parametrize(
    ("fields", "install", "build"),
    [
        pytest.param({}, ("npm ci",), "npm run build", id="npm"),
        pytest.param({"lock": ""}, ("npm install --no-package-lock",), "npm run build", id="npm without a lock"),
        pytest.param(
            {"manager": "pnpm", "lock": "frontend/pnpm-lock.yaml"},
            ("corepack enable", "pnpm install --frozen-lockfile --store-dir /root/.pnpm-store"), "pnpm run build", id="pnpm",
        ),
        pytest.param(
            {"manager": "yarn", "lock": "frontend/yarn.lock"},
            ("yarn install --frozen-lockfile --cache-folder /root/.yarn",), "yarn run build", id="Yarn 1",
        ),
        pytest.param(
            {"manager": "yarn", "lock": "frontend/yarn.lock", "manager_version": "4.5.0"},
            ("corepack enable", "yarn install --immutable"), "yarn run build", id="Yarn 4",
        ),
        pytest.param({"manager": "bun", "lock": "frontend/bun.lock"}, ("bun install --frozen-lockfile",), "bun run build", id="Bun"),
        pytest.param({"build_script": "build:prod"}, ("npm ci",), "npm run build:prod", id="another script"),
    ],
)  # fmt: skip
def test_each_manager_installs_exactly_its_lock(
    fields: dict[str, str], install: tuple[str, ...], build: str
) -> None:
    stage = plan(front_end(**fields)).stages[0]

    assert (stage.install, stage.build) == (install, build)
    assert stage.cache.startswith("/root/")


def test_a_missing_lock_is_said() -> None:
    assert [notice.code for notice in plan(front_end(lock="")).notices] == [
        "front-end-without-lock"
    ]


@pytest.mark.parametrize(
    ("wanted", "major"),
    [
        ("", 24),
        ("22", 22),
        ("v20.11.1", 20),
        ("20.x", 20),
        ("^22.3.0", 22),
        (">=18", 24),
        (">=18 <21", 20),
        ("lts/*", 24),
        ("18 || 20", 24),
    ],
)
def test_the_version_of_node_is_the_wanted_one(wanted: str, major: int) -> None:
    assert node_major(wanted) == major


def test_a_front_end_that_renders_on_a_server_is_started_without_npm_in_between() -> None:
    (stage,) = plan(front_end(served_by_python=False, tool="next", start_script="start")).own

    assert (stage.stage, stage.build_stage, stage.port) == ("frontend", "frontend-build", 3000)
    assert stage.command == ("node_modules/.bin/next", "start")


def test_the_start_script_of_a_tool_that_makes_files_is_for_development() -> None:
    (stage,) = plan(front_end(served_by_python=False, tool="vite", start_script="preview")).own
    assert (stage.port, stage.command) == (8080, ())


def test_files_alone_are_served_and_the_api_is_handed_on() -> None:
    made = plan(front_end(served_by_python=False), api=("web", 8000))
    text = template_text(made)

    assert "FROM caddy:2-alpine AS frontend" in text
    assert "  handle /api/* {\n    reverse_proxy web:8000\n" in text
    assert "COPY --from=frontend-build /app/frontend/dist /srv" in text
    assert "COPY --from=frontend /app" not in text


def test_several_front_ends_have_stages_of_their_own() -> None:
    made = plan(front_end(), front_end(folder="admin/ui", lock="admin/ui/package-lock.json"))

    assert [stage.build_stage for stage in made.stages] == [
        "frontend-frontend",
        "frontend-admin-ui",
    ]


def test_the_setting_turns_front_ends_off() -> None:
    made = plan_front_ends(Application(front_ends=(front_end(),)), Settings(front_end=False))
    assert made.stages == ()
