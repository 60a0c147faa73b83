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
    return f"python -W ignore {_COMPILE_SCRIPT} {VENV} /root/.cache/pyc"


_COMPILE_LINES = (
    "import hashlib, marshal, os, sys",
    "from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash",
    "venv, cache = sys.argv[1:]",
    "for n in range(256): sys.intern(chr(n))",
    "def has_set(code):",
    '    return any(isinstance(c, frozenset) or hasattr(c, "co_consts") and has_set(c) for c in code.co_consts)',
    "def unchecked_pyc(path, source):",
    "    try:",
    '        code = compile(source, path, "exec", dont_inherit=True)',
    '        if has_set(code): code = compile(source, path, "exec", dont_inherit=True)',
    "    except (SyntaxError, ValueError, RecursionError, MemoryError): return None",
    '    return MAGIC_NUMBER + (1).to_bytes(4, "little") + source_hash(source) + marshal.dumps(code)',
    "def compile_folder(folder, names):",
    "    sources = {}",
    '    for path in (f"{folder}/{name}" for name in sorted(names)):',
    '        with open(path, "rb", 0) as file: sources[path] = file.read()',
    '    kept = f"{cache}/{hashlib.sha256(MAGIC_NUMBER + marshal.dumps(sources, 2)).hexdigest()}"',
    "    try:",
    '        with open(kept, "rb") as file: compiled = marshal.load(file)',
    "    except (OSError, EOFError, ValueError, TypeError):",
    "        compiled = {cache_from_source(path): unchecked_pyc(path, source) for path, source in sources.items()}",
    '        with open(f"{kept}.{os.urandom(8).hex()}", "wb") as file: marshal.dump(compiled, file)',
    "        os.rename(file.name, kept)",
    '    os.makedirs(f"{folder}/__pycache__", exist_ok=True)',
    "    for path, content in compiled.items():",
    "        if content:",
    '            with open(path, "wb", 0) as file: file.write(content)',
    'found = [(folder, [name for name in names if name.endswith(".py")]) for folder, _, names in os.walk(venv)]',
    "folders = sorted((pair for pair in found if pair[1]), key=lambda pair: len(pair[1]))",
    "processes = os.cpu_count()",
    "for n in range(processes):",
    "    if not os.fork():",
    "        for folder, names in folders[n::processes]: compile_folder(folder, names)",
    "        os._exit(0)",
    'if any(os.wait()[1] for _ in range(processes)): sys.exit("byte-compiling failed")',
)
"""A Python program, one line each, without single quotes: it is written by printf in a RUN, since linters stumble over heredocs.

What CPython writes depends on which strings were interned before. So single characters are, at once, and what holds a constant
set is compiled a second time, when the first result holds its strings: the bytes are the same in any order.
"""


def compile_stage(image: str) -> Stage:
    """Return the stage, not shipped, from the reference of the base image."""
    lines = tuple(f"'{line}'" for line in _COMPILE_LINES)
    return Stage(
        name="compile",
        parent=image,
        comment="Byte-compiles what is installed, folder by folder. What was compiled before comes from a cache that is safe to lose,\n"
        "since its key is interpreter, paths and contents. Constant sets are compiled twice: then the bytes are the same in any\n"
        "order. Not shipped.",
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
