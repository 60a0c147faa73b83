"""The arrows between the rooms, read from the imports."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "generator" / "dockwright"

ALLOWED: dict[str, frozenset[str]] = {
    "model": frozenset(),
    "errors": frozenset({"model"}),
    "detect": frozenset({"model", "errors"}),
    "decide": frozenset({"model", "errors"}),
    "render": frozenset({"model", "errors"}),
    "write": frozenset({"model", "errors"}),
    "build": frozenset({"model", "errors"}),
    "prove": frozenset({"model", "errors", "build"}),
    "online": frozenset({"model", "errors"}),
    "settings": frozenset({"model", "errors"}),
    "packs": frozenset({"model", "errors", "render"}),
}
"""Room -> the rooms it may import besides itself. `cli`, `wizard` and the package's own front door may import everything."""

FREE = frozenset({"cli", "wizard", "__init__", "__main__", "api"})
PROCESS_STARTERS = frozenset({"subprocess", "pty", "multiprocessing"})


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def rooms_imported(path: Path) -> set[str]:
    return {
        name.split(".")[1] for name in imported_modules(path) if name.startswith("dockwright.")
    } - {"__version__"}


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_the_rooms_it_may(path: Path) -> None:
    room = room_of(path)
    if room in FREE:
        return
    assert room in ALLOWED, f"{room} is a new room: say here what it may import"
    strangers = rooms_imported(path) - ALLOWED[room] - {room}
    assert not strangers, f"generator/{path.relative_to(PACKAGE)} imports {sorted(strangers)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_build_and_prove_start_processes(path: Path) -> None:
    if room_of(path) in {"build", "prove"}:
        return
    assert not {name.split(".")[0] for name in imported_modules(path)} & PROCESS_STARTERS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_prints_and_exits(path: Path) -> None:
    if room_of(path) in {"cli", "wizard", "__main__"}:
        return
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"print", "input", "exit", "quit"}
    assert "sys.exit" not in imported_modules(path)


def test_every_room_of_the_design_exists() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert {"model", "detect", "decide", "render", "write", "build", "prove", "cli"} <= rooms


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_frozen_data_is_made_with_record_and_module_patterns_are_lazy(path: Path) -> None:
    """Both are a question of start-up time: see docs/architecture.md."""
    if path.name in {"record.py", "pattern.py", "probe.py"}:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    decorators = [
        ast.unparse(one)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for one in node.decorator_list
    ]
    # Small rows and drafts are plain dataclasses; what travels between the rooms is a record.
    assert "dataclass(frozen=True, kw_only=True)" not in decorators
    assigned = [
        node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
    ]
    calls = [one for node in assigned for one in ast.walk(node) if isinstance(one, ast.Call)]
    compiled = [one for one in calls if ast.unparse(one.func) == "re.compile"]
    assert not [one for one in compiled if not isinstance(ast.literal_eval(one.args[0]), bytes)]
