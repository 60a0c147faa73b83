"""Front ends: which tool builds them, with what, whereto, and who serves the result."""

import json

import pytest
from dockwright.model.application import FrontEnd
from support.applications import Files, Finder, django, manager

APP = {"main.py": "from flask import Flask\napp = Flask(__name__)\n"}


def package(build: str = "vite build", **more: object) -> str:
    return json.dumps(
        {"name": "x", "scripts": {"build": build, "dev": "vite", "start": "serve"}, **more},
        indent=1,
    )


def only(find: Finder, files: Files) -> FrontEnd:
    found = find(files).front_ends
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("folder", ["frontend", "client", "ui", "web", "src-ui", "app/frontend"])
def test_folder_beside_the_code(find: Finder, folder: str) -> None:
    front = only(find, {**APP, f"{folder}/package.json": package()})
    assert (front.folder, front.build_script, front.tool, front.dev_script) == (
        folder,
        "build",
        "vite",
        "dev",
    )
    assert str(front.origin) == f"{folder}/package.json:4 (scripts.build)"


@pytest.mark.parametrize(
    ("lock", "manager_name"),
    [
        ("package-lock.json", "npm"),
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lock", "bun"),
        ("npm-shrinkwrap.json", "npm"),
    ],
)
def test_manager_by_its_lock(find: Finder, lock: str, manager_name: str) -> None:
    front = only(find, {**APP, "frontend/package.json": package(), f"frontend/{lock}": ""})
    assert (front.manager, front.lock) == (manager_name, f"frontend/{lock}")


def test_lock_of_the_root(find: Finder) -> None:
    front = only(find, {**APP, "frontend/package.json": package(), "pnpm-lock.yaml": ""})
    assert (front.manager, front.lock) == ("pnpm", "pnpm-lock.yaml")


def test_manager_without_a_lock(find: Finder) -> None:
    front = only(
        find, {**APP, "frontend/package.json": package(packageManager="pnpm@9.1.0+sha256.x")}
    )
    assert (front.manager, front.manager_version, front.lock) == ("pnpm", "9.1.0", "")


@pytest.mark.parametrize(
    ("files", "node"),
    [
        pytest.param(
            {"frontend/package.json": package(engines={"node": ">=20"})}, ">=20", id="engines"
        ),
        pytest.param(
            {"frontend/package.json": package(), "frontend/.nvmrc": "v22.1.0\n"},
            "22.1.0",
            id="nvmrc",
        ),
        pytest.param(
            {"frontend/package.json": package(), ".node-version": "20"},
            "20",
            id="node-version of the root",
        ),
        pytest.param(
            {"frontend/package.json": package(), ".tool-versions": "python 3.12\nnodejs 24.0.0\n"},
            "24.0.0",
            id="tool-versions",
        ),
        pytest.param({"frontend/package.json": package()}, "", id="nothing"),
    ],
)
def test_node_version(find: Finder, files: Files, node: str) -> None:
    assert only(find, {**APP, **files}).node == node


@pytest.mark.parametrize(
    ("build", "files", "tool", "output"),
    [
        pytest.param("tsc && vite build", {}, "vite", "dist", id="vite"),
        pytest.param("vite build --outDir ../static", {}, "vite", "../static", id="vite's option"),
        pytest.param("vite build", {"frontend/vite.config.ts": "export default { build: { outDir: '../shop/static/app' } }"}, "vite", "../shop/static/app", id="vite's file"),
        pytest.param("vite build", {"frontend/vite.config.ts": "const prod = process.env.MODE === 'x';\nexport default { build: { outDir: prod ? a : b } }"}, "vite", "dist", id="vite's file says it depends"),
        pytest.param("react-scripts build", {}, "react-scripts", "build", id="create-react-app"),
        pytest.param("vue-cli-service build", {}, "", "", id="unknown without a dependency"),
        pytest.param("webpack --mode production", {"frontend/webpack.config.js": "module.exports = { output: { path: path.resolve(__dirname, 'public'), filename: 'x' } }"}, "webpack", "public", id="webpack"),
        pytest.param("webpack", {"frontend/webpack.config.js": "export default { output: {\n filename: 'x',\n path: path.resolve(__dirname, '..', 'static', 'dist')\n} }"}, "webpack", "../static/dist", id="webpack out of its folder"),
        pytest.param("next build", {}, "next", ".next", id="next"),
        pytest.param("npm run build-js", {}, "rollup", "", id="through another script"),
        pytest.param("esbuild src/a.js --outdir=../static", {}, "esbuild", "../static", id="esbuild"),
        pytest.param("esbuild src/a.js --bundle --outfile=./static/a.js", {}, "esbuild", "static", id="esbuild's one file"),
        pytest.param("tailwindcss -i ./a.css -o ../shop/static/a.css --minify", {}, "tailwind", "../shop/static", id="tailwind"),
        pytest.param("ng build", {"frontend/angular.json": '{"a": {"outputPath": "dist/a"}, "b": {"outputPath": {"base": "../static/"}}}'}, "angular", "../static", id="angular"),
    ],
)  # fmt: skip
def test_tool_and_output(find: Finder, build: str, files: Files, tool: str, output: str) -> None:
    described = {
        "name": "x",
        "scripts": {"build": build, "build-js": "rollup -c"},
        "dependencies": {"@angular/cli": "1"} if "ng " in build else {},
    }
    files = {
        **APP,
        "frontend/package.json": json.dumps(described),
        **files,
    }
    found = find(files).front_ends
    assert [(front.tool, front.output) for front in found] == ([(tool, output)] if tool else [])


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {"frontend/package.json": json.dumps({"scripts": {"test": "jest"}})},
            id="no build script",
        ),
        pytest.param({"frontend/package.json": "{not json"}, id="no JSON"),
        pytest.param({"frontend/package.json": "[]"}, id="no table"),
        pytest.param(
            {"frontend/package.json": json.dumps({"scripts": {"build": "make it"}})},
            id="unknown tool",
        ),
        pytest.param({"tests/package.json": package()}, id="tests"),
        pytest.param({"docs/package.json": package()}, id="documentation"),
        pytest.param({"node_modules/x/package.json": package()}, id="installed package"),
        pytest.param({"a/b/c/package.json": package()}, id="too deep"),
    ],
)
def test_no_front_end(find: Finder, files: Files) -> None:
    assert find({**APP, **files}).front_ends == ()


def test_front_end_of_another_project_does_not_count(find: Finder) -> None:
    files = {**APP, "other/Pipfile": "", "other/frontend/package.json": package()}
    assert find(files, manager("flask")).front_ends == ()


@pytest.mark.parametrize(
    ("files", "served"),
    [
        pytest.param({"main.py": "from flask import Flask\napp = Flask(__name__, static_folder='frontend/dist')"}, True, id="Flask"),
        pytest.param({"api/app.py": "from flask import Flask\napp = Flask(__name__, static_folder='../frontend/dist')"}, True, id="Flask beside it"),
        pytest.param({"main.py": "from flask import Flask, send_from_directory\napp = Flask(__name__)\ndef f():\n    return send_from_directory('frontend/dist', 'x')"}, True, id="sent by hand"),
        pytest.param({"main.py": "from fastapi import FastAPI\nfrom fastapi.staticfiles import StaticFiles\napp = FastAPI()\napp.mount('/', StaticFiles(directory='frontend/dist', html=True))"}, True, id="FastAPI"),
        pytest.param({"app/main.py": "from pathlib import Path\nfrom fastapi import FastAPI\nfrom fastapi.staticfiles import StaticFiles\napp = FastAPI()\nDIST = Path(__file__).parent.parent / 'frontend' / 'dist'\napp.mount('/', StaticFiles(directory=DIST))"}, True, id="FastAPI with a path"),
        pytest.param({"main.py": "from fastapi import FastAPI\napp = FastAPI()"}, False, id="nobody"),
        pytest.param({"main.py": "from flask import Flask\napp = Flask(__name__, static_folder='assets')"}, False, id="another folder"),
        pytest.param(django("STATICFILES_DIRS = [BASE_DIR / 'frontend' / 'dist']"), True, id="Django"),
        pytest.param(django("STATICFILES_DIRS = [BASE_DIR / 'frontend']"), True, id="Django, the folder around it"),
        pytest.param(django(), False, id="Django with something else"),
    ],
)  # fmt: skip
def test_who_serves_it(find: Finder, files: Files, *, served: bool) -> None:
    front = only(find, {**files, "frontend/package.json": package()})
    assert front.served_by_python is served
    assert front.start_script == ("" if served else "start")


def test_a_build_that_leaves_its_folder_is_for_python(find: Finder) -> None:
    assert only(
        find, {**APP, "frontend/package.json": package("vite build --outDir ../app/web")}
    ).served_by_python


def test_next_is_an_application_of_its_own(find: Finder) -> None:
    front = only(find, {**APP, "frontend/package.json": package("next build")})
    assert (front.served_by_python, front.start_script) == (False, "start")


def test_assets_of_the_root_belong_to_python(find: Finder) -> None:
    front = only(find, {**APP, "package.json": package("sass styles:static")})
    assert (front.folder, front.served_by_python) == ("", True)


def test_nearest_front_end_is_first(find: Finder) -> None:
    found = find(
        {**APP, "deep/ui/package.json": package(), "ui/package.json": package()}
    ).front_ends
    assert [front.folder for front in found] == ["ui", "deep/ui"]
