"""Who installs the locked distributions: uv, or the package manager itself."""

from dockwright.decide.recipes import Recipe
from dockwright.errors import UsageError
from dockwright.model.dependencies import ManagerFinding
from dockwright.model.manager import Installer, Manager
from dockwright.model.origin import Decision, Origin


def choose_installer(finding: ManagerFinding, recipe: Recipe, asked: str) -> Decision[Installer]:
    """Return who installs; `asked` is the setting `installer`. UsageError where the manager has no installer of its own."""
    name = finding.manager
    if asked == Installer.NATIVE and recipe.files and not recipe.native:
        raise _no_installer_of_its_own(recipe.files[0])
    if asked == Installer.NATIVE:
        return Decision(
            value=Installer.NATIVE, because=f"the settings choose {name}'s own installer"
        )
    if recipe.direct or finding.manager is Manager.NONE:
        return Decision(
            value=Installer.UV,
            because="uv reads the requirements as they stand, in a tenth of pip's time",
        )
    if recipe.export:
        return Decision(
            value=Installer.UV,
            because=f"the lock can be exported exactly, with every hash: {name} checks and exports it, uv installs it",
            instead_of=(Installer.NATIVE,),
        )
    lock = finding.lock
    return Decision(
        value=Installer.NATIVE,
        because=f"an export would lose something (a Git, path or URL dependency, or an index of its own): {name} itself installs"
        if lock is None or lock.exportable
        else f"{name} does not export a lock without the strategy inherit_metadata: {name} itself installs",
        evidence=tuple(Origin(path=path) for path in recipe.files[:1]),
        instead_of=(Installer.UV,),
    )


def _no_installer_of_its_own(path: str) -> UsageError:
    return UsageError(
        f"nothing but uv installs from {path} here",
        found="installer = native in the settings",
        rule="installer native is the package manager's own: Pipenv, Poetry, PDM, uv, or pip for a requirements.txt",
        steps=("take the setting `installer` out, and uv reads the file as it stands",),
        example='installer = "auto"',
    )
