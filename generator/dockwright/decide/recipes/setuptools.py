"""A project without a lock: uv reads the dependencies from its metadata."""

from dockwright.decide.recipes.recipe import Recipe, RecipeRequest, options


def recipe(request: RecipeRequest) -> Recipe:
    """Return `install --requirement MANIFEST`, which reads static dependencies without building the project."""
    manifest = request.finding.manifest
    extras = options("--extra", request.extras)
    groups = options("--group", request.groups)
    development = options("--group", request.every_group)
    return Recipe(
        files=(manifest.path, *manifest.also_read),
        direct=f"install{extras}{groups} --requirement {manifest.path}",
        direct_development=f"install{extras}{development} --requirement {manifest.path}",
        checks=manifest.path,
    )
