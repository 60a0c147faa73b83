"""What is built from the project's own files."""

from dockwright.decide.local_project import (
    extra_contexts,
    find_local_project,
    install_editable,
    project_stage,
)
from dockwright.decide.source_copies import source_copies
from dockwright.model.dependencies import Distribution, ManagerFinding, SourceKind
from dockwright.model.manager import Manager
from dockwright.model.origin import Origin
from dockwright.model.project import Project, SourceTree
from dockwright.model.settings import Settings
from support.installs import finding, install, local, request, wish


def with_folder(folder: str) -> ManagerFinding:
    wishes = (wish("my-lib", source=SourceKind.PATH, reference=folder),)
    return finding(Manager.UV, local("my-lib", folder), manifest={"requirements": wishes})


def test_a_folder_inside_the_root_is_copied_and_built_as_a_wheel() -> None:
    manager = with_folder("libs/my-lib")
    project = Project(name="shop", managers=(manager,))
    here = find_local_project(project, manager, install(manager), (), "")
    (stage,) = project_stage(here, request(manager), "base")
    assert [(copy.sources, copy.destination, copy.from_stage) for copy in stage.copies] == [
        (("libs/my-lib",), "libs/my-lib", "")
    ]
    assert extra_contexts(here) == ()


def test_a_folder_outside_the_root_is_a_build_context_of_its_own() -> None:
    manager = with_folder("../lib")
    here = find_local_project(
        Project(name="shop", managers=(manager,)), manager, install(manager), (), ""
    )
    assert extra_contexts(here) == (("lib", "../lib"),)
    (stage,) = project_stage(here, request(manager), "base")
    (copy,) = stage.copies
    assert (copy.from_stage, copy.destination) == ("lib", "/outside/lib")
    assert "--build-context lib=../lib" in copy.comment


def test_in_development_the_wheel_of_a_folder_outside_is_taken_whatever_it_is_called() -> None:
    manager = with_folder("../lib")
    here = find_local_project(
        Project(name="shop", managers=(manager,)), manager, install(manager), (), ""
    )
    (run,) = install_editable(here, request(manager))
    assert run.commands == (
        "UV_LINK_MODE=copy uv pip install --no-deps --no-index /tmp/dist/*.whl",
    )


def test_code_below_src_is_installed_since_nothing_else_makes_it_importable() -> None:
    itself = Distribution(name="shop", origin=Origin(path="pyproject.toml"), readme="README.md")
    manager = finding(Manager.UV, manifest={"distribution": itself})
    source = SourceTree(top_level=("README.md", "pyproject.toml", "src/", "tests/"))
    project = Project(name="shop", managers=(manager,), source=source)
    here = find_local_project(project, manager, install(manager), (), "src")
    assert here.itself == itself
    assert (here.metadata, here.code) == (("README.md", "pyproject.toml"), ("src",))


def test_versioneer_finds_the_version_in_its_own_module_since_it_reads_no_variable() -> None:
    itself = Distribution(
        name="shop",
        origin=Origin(path="pyproject.toml"),
        version_from_scm="versioneer",
        version_file="src/shop/_version.py",
    )
    manager = finding(Manager.UV, manifest={"distribution": itself})
    source = SourceTree(top_level=("pyproject.toml", "setup.py", "src/", "versioneer.py"))
    project = Project(name="shop", managers=(manager,), source=source)
    here = find_local_project(project, manager, install(manager), (), "src")
    assert "versioneer.py" in here.metadata
    (stage,) = project_stage(here, request(manager), "base")
    assert stage.args == (("VERSION", "0.0.0"),)
    (run,) = stage.project
    assert run.commands[0].endswith("> src/shop/_version.py")
    assert '\\"version\\": \\"$VERSION\\"' in run.commands[0]
    assert "PRETEND" not in run.commands[1]


def test_a_project_whose_code_lies_in_the_root_is_not_installed() -> None:
    itself = Distribution(name="shop", origin=Origin(path="pyproject.toml"))
    manager = finding(Manager.UV, manifest={"distribution": itself})
    project = Project(
        name="shop", managers=(manager,), source=SourceTree(top_level=("main.py", "pyproject.toml"))
    )
    assert not find_local_project(project, manager, install(manager), (), "").exists


def test_beside_an_installed_project_nothing_is_copied_that_the_ignore_file_leaves_out() -> None:
    itself = Distribution(name="shop", origin=Origin(path="pyproject.toml"))
    manager = finding(Manager.UV, manifest={"distribution": itself})
    names = (
        "app.cfg",
        "data.bin",
        "db.sqlite3",
        "debug.log",
        "node_modules/",
        "server.key",
        "src/",
        "users.json",
        "kept.log",
    )
    source = SourceTree(top_level=names, secrets=("server.key", "users.json"))
    project = Project(name="shop", managers=(manager,), source=source)
    here = find_local_project(project, manager, install(manager), (), "src")
    settings = Settings(ignore=("data.bin",), keep=("kept.log",))
    copies = source_copies(project, settings, here)
    assert [copy.sources for copy in copies] == [("app.cfg", "kept.log")]
