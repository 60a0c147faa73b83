"""pylock.toml (PEP 751): uv installs it as it stands."""

from dockwright.decide.recipes.recipe import Recipe, RecipeRequest, sync_pylock


def recipe(request: RecipeRequest) -> Recipe:
    """Return the one command; the format itself cannot say whether the lock is stale."""
    lock = request.finding.lock
    path = lock.path if lock else request.finding.manifest.path
    return Recipe(
        files=(path,),
        direct=sync_pylock(path),
        checks=path,
    )
