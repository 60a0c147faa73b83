"""requirements.txt: uv reads it as it stands; a compiled one is a lock of its .in file."""

from dockwright.decide.recipes.recipe import EXPORTED, Recipe, RecipeRequest, is_default
from dockwright.model.manager import Strategy


def recipe(request: RecipeRequest) -> Recipe:
    """Return the way to install: `sync --require-hashes` where every line has a hash, else `install`."""
    if request.strategy is not Strategy.LOCKED and request.finding.lock is not None:
        return _compiled_again(request)
    manifest, lock = request.finding.manifest, request.finding.lock
    path = lock.path if lock else manifest.path
    files = tuple(dict.fromkeys((path, *manifest.also_read)))
    return Recipe(
        files=files,
        direct=_direct(request, path),
        native=(f"pip --python /opt/venv/bin/python install --requirement {path}",),
        native_environment=(("PIP_DISABLE_PIP_VERSION_CHECK", "1"),),
        cache="/root/.cache/pip",
        checks=manifest.path,
    )


def _direct(request: RecipeRequest, path: str) -> str:
    lock = request.finding.lock
    strategy = _index_strategy(request)
    if lock is not None and lock.hashed:
        return f"sync --require-hashes{strategy} {path}"
    return f"install{strategy} --requirement {path}"


def _index_strategy(request: RecipeRequest) -> str:
    """Return the flag that makes uv look at all indexes as pip does, where the file names more than one."""
    others = [index for index in request.finding.manifest.indexes if not is_default(index.url)]
    return " --index-strategy unsafe-best-match" if others else ""


def _compiled_again(request: RecipeRequest) -> Recipe:
    manifest, lock = request.finding.manifest, request.finding.lock
    target = lock.path if lock else "requirements.txt"
    source = manifest.path
    upgrade = " --upgrade" if request.strategy is Strategy.UPDATE else ""
    return Recipe(
        files=tuple(
            dict.fromkeys((source, *(path for path in manifest.also_read if path != target)))
        ),
        optional_files=(target,),
        lock=(
            f"uv pip compile --quiet --generate-hashes{upgrade} --output-file {target} {source}",
        ),
        lock_file=target,
        export=(f"cp {target} {EXPORTED}",),
        checks=source,
    )
