"""pylock.toml (PEP 751): uv installs it as it stands."""

from generator.decide.recipes.recipe import Recipe, RecipeRequest


def recipe(request: RecipeRequest) -> Recipe:
    """Return the one command; the format itself cannot say whether the lock is stale."""
    lock = request.finding.lock
    path = lock.path if lock else request.finding.manifest.path
    return Recipe(
        files=(path,),
        direct=f"sync --preview-features pylock {path}",
        native=(f"pip --python /opt/venv/bin/python install --requirement {path}",),
        native_environment=(("PIP_DISABLE_PIP_VERSION_CHECK", "1"),),
        cache="/root/.cache/pip",
        checks=path,
    )
