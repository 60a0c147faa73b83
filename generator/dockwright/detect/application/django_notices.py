"""What has to be said about a Django project."""

from dockwright.model.application import DjangoProject
from dockwright.model.origin import Notice, Origin


def unnamed_settings(origin: Origin, path: str) -> Notice:
    """manage.py names no settings module."""
    return Notice(
        code="django-settings-unnamed",
        text=f"{origin.path} names no settings module; {path} is the likeliest of those in the project",
        origin=origin,
        remedy="set DJANGO_SETTINGS_MODULE in the environment of the container",
    )


def production_settings(origin: Origin, named: str, taken: str) -> Notice:
    """Development settings are named, and production settings stand beside them."""
    return Notice(
        code="django-production-settings",
        text=f"{origin.path} names {named}; the image takes {taken}, which stands beside it",
        origin=origin,
        remedy="set DJANGO_SETTINGS_MODULE in the environment of the container if another one is meant",
    )


def missing_settings(project: DjangoProject) -> Notice:
    """The settings module that is named is not in the project."""
    named = project.settings_module or "no settings module"
    return Notice(
        code="django-settings-missing",
        text=f"{project.manage.path} names {named}, which is not in the project",
        origin=project.manage,
        remedy="correct the module that manage.py sets as DJANGO_SETTINGS_MODULE",
    )


def several_projects(found: list[DjangoProject]) -> Notice:
    """More than one manage.py leads to settings."""
    others = ", ".join(str(project.manage) for project in found[1:])
    return Notice(
        code="several-django-projects",
        text=f"several Django projects: {found[0].manage} is taken, also there: {others}",
        origin=found[0].manage,
        remedy="name the application in the settings if another one is meant",
    )
