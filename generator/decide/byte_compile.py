"""Byte-compiling what is installed: the stage that holds the program, and the lines that run it."""

from generator.model.dockerfile import Mount, Run, Stage
from generator.model.record import replace

VENV = "/opt/venv"
_COMPILE_SCRIPT = "/compile.py"


def _pyc_cache() -> Mount:
    return Mount(kind="cache", target="/root/.cache/pyc")


def _compile_mount() -> Mount:
    return Mount(kind="bind", from_stage="compile", source=_COMPILE_SCRIPT, target=_COMPILE_SCRIPT)


def _compile_command() -> str:
    return f"python {_COMPILE_SCRIPT} {VENV} /root/.cache/pyc"


_COMPILE_LINES = (
    "import hashlib, importlib.util, multiprocessing, os, py_compile, sys",
    "venv, cache = sys.argv[1:]",
    "def compiled(folder):",
    '    sources = [f"{folder}/{name}" for name in os.listdir(folder) if name.endswith(".py")]',
    '    if sources: os.makedirs(f"{folder}/__pycache__", exist_ok=True)',
    "    for path in sources:",
    '        with open(path, "rb", 0) as source: content = importlib.util.MAGIC_NUMBER + path.encode() + source.read()',
    '        kept = f"{cache}/{hashlib.sha256(content).hexdigest()}"',
    "        if not os.path.exists(kept):",
    "            py_compile.compile(path, kept, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH, quiet=2)",
    "        if not os.path.exists(kept): continue",
    '        with open(kept, "rb", 0) as code, open(importlib.util.cache_from_source(path), "wb", 0) as target:',
    "            target.write(code.read())",
    'multiprocessing.get_context("fork").Pool().map(compiled, [folder for folder, _, _ in os.walk(venv)], 8)',
)
"""A Python program, one line each, without single quotes: it is written by printf in a RUN, since linters stumble over heredocs."""


def compile_stage(image: str) -> Stage:
    """Return the stage, not shipped, from the reference of the base image."""
    lines = tuple(f"'{line}'" for line in _COMPILE_LINES)
    return Stage(
        name="compile",
        parent=image,
        comment="Byte-compiles what is installed. What was compiled before comes from a cache that is safe to lose, since its key\n"
        "is interpreter, path and content. Not shipped.",
        install=(
            Run(
                commands=(
                    "printf '%s\\n' \\\n        " + " \\\n        ".join(lines) + f" \\\n        > {_COMPILE_SCRIPT}",
                )
            ),
        ),
    )


def with_compilation(run: Run) -> Run:
    """Return the step with byte-compiling as its last command; the first mount stays first."""
    return replace(
        run,
        commands=(*run.commands, _compile_command()),
        mounts=(run.mounts[0], _pyc_cache(), *run.mounts[1:], _compile_mount()),
    )


def without_compilation(run: Run) -> Run:
    """Return the step without byte-compiling: in development the source changes under it, and the build shall be quick."""
    left = {_pyc_cache(), _compile_mount()}
    return replace(
        run,
        commands=tuple(command for command in run.commands if command != _compile_command()),
        mounts=tuple(mount for mount in run.mounts if mount not in left),
    )
