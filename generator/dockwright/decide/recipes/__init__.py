"""One module per package manager: the commands that check, make, export and install its lock."""

from typing import assert_never

from dockwright.decide.recipes import pdm, pipenv, poetry, pylock, requirements, setuptools, uv
from dockwright.decide.recipes.recipe import Recipe, RecipeRequest
from dockwright.model.manager import Manager

__all__ = ["Recipe", "RecipeRequest", "choose_recipe"]


def choose_recipe(request: RecipeRequest) -> Recipe:
    """Return the commands of the manager that was decided on."""
    match request.finding.manager:
        case Manager.PIPENV:
            return pipenv.recipe(request)
        case Manager.POETRY:
            return poetry.recipe(request)
        case Manager.UV:
            return uv.recipe(request)
        case Manager.PDM:
            return pdm.recipe(request)
        case Manager.REQUIREMENTS:
            return requirements.recipe(request)
        case Manager.PYLOCK:
            return pylock.recipe(request)
        case Manager.SETUPTOOLS:
            return setuptools.recipe(request)
        case Manager.NONE:
            return Recipe(files=())
        case _ as never:
            assert_never(never)
