"""Byte-compiling what is installed: the program, and the step that runs it."""

from dockwright.model.dockerfile import Mount, Program, Run
from dockwright.model.record import replace

VENV = "/opt/venv"
_CACHE = Mount(kind="cache", target="/root/.cache/pyc")

_PROGRAM = Program(
    name="BYTE_COMPILE",
    comment="Byte-compiles what is installed, folder by folder, but not the tests that libraries ship. What was compiled before\n"
    "comes from a cache that is safe to lose, since its key is interpreter, paths and contents. Constant sets are made\n"
    "anew: then the bytes are the same in any order.",
    lines=(
        "import gc, hashlib, marshal, os, sys",
        "from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash",
        "gc.disable()",
        "venv, cache = sys.argv[1:]",
        "for n in range(256): sys.intern(chr(n))",
        "def settled(const):",
        "    if isinstance(const, frozenset): return frozenset([*const])",
        '    if not hasattr(const, "co_consts"): return const',
        "    consts = tuple(map(settled, const.co_consts))",
        "    return const if all(a is b for a, b in zip(consts, const.co_consts)) else const.replace(co_consts=consts)",
        "def unchecked_pyc(path, source):",
        '    try: code = settled(compile(source, path, "exec", dont_inherit=True))',
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
        "def uncompiled(folder, folders, names):",
        '    made = set(os.listdir(f"{folder}/__pycache__") if "__pycache__" in folders else ())',
        "    tag = sys.implementation.cache_tag",
        '    return [name for name in names if name.endswith(".py") and f"{name[:-3]}.{tag}.pyc" not in made]',
        "found = [(folder, uncompiled(folder, folders, names)) for folder, folders, names in os.walk(venv)]",
        'wanted = (pair for pair in found if pair[1] and "tests" not in pair[0].split("/"))',
        "folders = sorted(wanted, key=lambda pair: -len(pair[1]))",
        "queue, feed = os.pipe()",
        "processes = os.cpu_count()",
        "for _ in range(processes):",
        "    if not os.fork():",
        "        os.close(feed)",
        '        while n := os.read(queue, 4): compile_folder(*folders[int.from_bytes(n, "little")])',
        "        os._exit(0)",
        "os.close(queue)",
        'for n in range(len(folders)): os.write(feed, n.to_bytes(4, "little"))',
        "os.close(feed)",
        'if any(os.wait()[1] for _ in range(processes)): sys.exit("byte-compiling failed")',
    ),
)
"""What CPython writes depends on which strings were interned before, and on who else holds an object.

So single characters are interned at once, and no constant set is the one that the compiler has in hand. The garbage collector would
go through the trees of the compiler again and again, and find nothing. A third of the time would go to the tests of pandas, SciPy, SymPy
and their like, which no application imports; where one does, Python compiles that module in memory. Nothing of the project or of what
is installed is imported: the work directory and the .pth files are left out of the path. What has byte code stays as it is: written
again, what the layer before holds would be shipped twice.
"""


def with_compilation(run: Run) -> Run:
    """Return the step with byte-compiling as its last command; the first mount stays first."""
    return replace(
        run,
        program=_PROGRAM,
        commands=(*run.commands, _command()),
        mounts=(run.mounts[0], _CACHE, *run.mounts[1:]),
    )


def without_compilation(run: Run) -> Run:
    """Return the step without byte-compiling: in development the source changes under it, and the build shall be quick."""
    return replace(
        run,
        program=None,
        commands=tuple(command for command in run.commands if command != _command()),
        mounts=tuple(mount for mount in run.mounts if mount != _CACHE),
    )


def _command() -> str:
    return f'python -I -S -W ignore -c "$(printf %b "${_PROGRAM.name}")" {VENV} {_CACHE.target}'
