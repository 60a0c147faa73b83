"""Pipenv: `verify` compares the digest, `requirements --hash` is the whole lock."""

from dockwright.decide.recipes.recipe import (
    EXPORTED,
    EXPORTED_DEVELOPMENT,
    Recipe,
    RecipeRequest,
    exports_exactly,
    without_local,
)

_ENVIRONMENT = (
    ("PIPENV_CHECK_UPDATE", "false"),
    ("PIPENV_NOSPIN", "1"),
    ("PIPENV_VERBOSITY", "-1"),
    ("PIPENV_YES", "1"),
)


def recipe(request: RecipeRequest) -> Recipe:
    """Return Pipenv's commands. It has no lock that keeps versions: relock and update are both `pipenv lock`."""
    manifest = request.finding.manifest
    categories = _categories(request.groups)
    exact = exports_exactly(request)
    return Recipe(
        files=(
            manifest.path,
            *_read(request, exact=exact),
            *(("Pipfile.lock",) if request.locked else ()),
        ),
        optional_files=() if request.locked else ("Pipfile.lock",),
        check=("pipenv verify",) if request.locked else (),
        lock=() if request.locked else ("pipenv lock",),
        lock_file="Pipfile.lock",
        export=(
            f"pipenv requirements --hash{categories} > {EXPORTED}",
            *without_local(request, EXPORTED),
        )
        if exact
        else (),
        export_development=(
            f"pipenv requirements --hash{_development(request)} > {EXPORTED_DEVELOPMENT}",
            *without_local(request, EXPORTED_DEVELOPMENT),
        )
        if exact
        else (),
        native=(f"pipenv sync{categories}",),
        native_development=(f"pipenv sync{_development(request)}",),
        native_environment=_ENVIRONMENT,
        tool=_tool(request),
        cache="/root/.cache/pipenv",
        checks="the Pipfile",
        local=request.local if exact else (),
    )


def _read(request: RecipeRequest, *, exact: bool) -> tuple[str, ...]:
    """Return the further files that Pipenv opens: the folders of local distributions only if it installs them itself."""
    return () if exact else request.finding.manifest.also_read


def _tool(request: RecipeRequest) -> tuple[str, ...]:
    return (f"pipenv=={request.tool.version}",) if request.tool else ()


def _categories(groups: tuple[str, ...]) -> str:
    return f' --categories "packages {" ".join(groups)}"' if groups else ""


def _development(request: RecipeRequest) -> str:
    others = [name for name in request.every_group if name != "dev"]
    if not others:
        return " --dev"
    return f' --categories "packages dev-packages {" ".join(others)}"'
