"""The setting `application`, held against the code: a slip of the pen would be seen when the container starts only."""

from dockwright.model.origin import Notice
from dockwright.model.project import Project
from dockwright.model.settings import Settings


def application_notices(
    project: Project, settings: Settings, installed: tuple[str, ...]
) -> tuple[Notice, ...]:
    """Return a warning where neither the code nor a distribution (`installed` are their names) seems to have the application.

    It is no error: code may make names that cannot be read from it, and a distribution may be imported by another name than its own.
    """
    if not settings.application:
        return ()
    module, _, target = settings.application.partition(":")
    names = {one.target for one in project.application.web if one.module == module}
    if names:
        known = target.removesuffix("()") in names
        missing = f"{module} makes no `{target}` that can be seen"
    else:
        known = module.partition(".")[0] in _importable(project, installed)
        missing = f"there is no module `{module}` in the root or below src"
    if known:
        return ()
    found = [f"{one.module}:{one.target}" for one in project.application.web if one.target]
    return (
        Notice(
            code="application-not-found",
            text=f"the setting `application` is {settings.application}, but {missing}",
            remedy=f'found in the code: application = "{found[0]}"'
            if found
            else "correct it: module:object, as Python imports it",
        ),
    )


def _importable(project: Project, installed: tuple[str, ...]) -> set[str]:
    source = project.source
    here = {name.rstrip("/").removesuffix(".py") for name in source.top_level}
    served = {one.module.partition(".")[0] for one in project.application.web}
    return here | served | set(source.modules) | {name.replace("-", "_") for name in installed}
