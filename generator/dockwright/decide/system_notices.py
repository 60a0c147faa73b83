"""What the owner should know about system packages, and the one error."""

from dockwright.decide.compilation import Arrival
from dockwright.decide.knowledge.suites import DistributionRelease
from dockwright.decide.system_needs import Need
from dockwright.errors import BaseImageError
from dockwright.model.origin import Notice, Origin
from dockwright.model.plan import BaseImage, SystemPackage

_FEW = 8


def unlocked() -> Notice:
    """Return the notice that without a lock only the direct requirements are looked at."""
    return Notice(
        code="system-packages-without-lock",
        text="There is no lock, so system packages are known for the direct requirements only.",
        remedy="Lock the dependencies, or name what is missing in `packages` and `build-packages`.",
    )


def unknown_and_compiled(entry: Arrival) -> Notice:
    """Return the notice for a distribution that is compiled and that nobody has described."""
    dist = entry.distribution
    return Notice(
        code="unknown-native-package",
        text=f"{dist.name} {dist.version} is compiled ({entry.because}), and it is not known which libraries that takes: "
        "the build stage gets a compiler for C and C++ only.",
        origin=dist.origin,
        remedy="If the build fails, name what it looks for in `build-packages` (the -dev package) and `packages` (the library).",
    )


def notes_of(entry: Arrival) -> list[Notice]:
    """Return what the table says beside the packages, and what could be installed instead of compiling."""
    row, origin = entry.row, entry.distribution.origin
    if row is None:
        return []
    notices = [Notice(code="native-package", text=row.note, origin=origin)] if row.note else []
    if entry.compiled and row.build_note:
        notices.append(Notice(code="native-package", text=row.build_note, origin=origin))
    if entry.compiled and row.suggest:
        notices.append(
            Notice(
                code="compiled-without-need",
                text=f"{entry.name} is compiled: {entry.because}. {row.suggest} needs no compiler.",
                origin=origin,
                remedy=f"Depend on {row.suggest} if it can take the place of {entry.name}.",
            )
        )
    return notices


def not_to_be_had(entry: Arrival, platforms: tuple[str, ...]) -> Notice:
    """Return the notice for a distribution that has neither a wheel nor a source for one of `platforms`."""
    dist = entry.distribution
    suggest = entry.row.suggest if entry.row else ""
    everywhere = set(entry.missing_on) >= set(platforms)
    return Notice(
        code="no-file-for-platform",
        text=f"{dist.name} {dist.version} has neither a wheel nor a source for {', '.join(entry.missing_on)}: "
        f"the image cannot be built{'' if everywhere else ' there'}.",
        origin=dist.origin,
        remedy=f"Depend on {suggest} instead."
        if suggest
        else "Give it a marker (sys_platform), another version, or name the `platforms` that are wanted.",
    )


def unavailable(entry: Arrival, why: str) -> Notice:
    """Return the notice for what the image's distribution cannot have."""
    return Notice(
        code="system-package-unavailable",
        text=f"{entry.name} needs system packages that this image cannot have: {why}.",
        origin=entry.distribution.origin,
        remedy="Choose an image on Debian, or provide them in a fragment of the stage.",
    )


def not_in_suite(need: Need, suite: DistributionRelease) -> Notice:
    """Return the notice for a package that this release of the distribution does not have."""
    return Notice(
        code="system-package-unavailable",
        text=f"{need.needed_by} needs {need.package}, which {suite.title} does not have.",
        remedy="Choose another `suite`, or provide it in a fragment of the stage.",
    )


def no_names_for(image: BaseImage, needs: tuple[Need, ...]) -> Notice:
    """Return the notice for an image whose package names nobody has written down."""
    return Notice(
        code="system-packages-unknown",
        text=f"It is not known what these are called for {image.packages} in {image.reference}, so they are left out "
        f"(Debian's names): {_listed(needs)}.",
        remedy="Name them in `packages` and `build-packages` as that distribution spells them.",
    )


def untested_names(image: BaseImage) -> Notice:
    """Return the notice that the names of Debian are used on Ubuntu."""
    return Notice(
        code="system-packages-untested",
        text=f"The package names are those of Debian 13; on {image.suite} a few libraries are numbered differently.",
        remedy="If apt cannot find one, name the right one in `packages`.",
    )


def archived(suite: DistributionRelease, packages: tuple[SystemPackage, ...]) -> BaseImageError:
    """Return the error for a release whose packages are gone from the mirrors."""
    wanted = "; ".join(
        f"{package.name} ({', '.join(package.needed_by) or package.because})"
        for package in packages
    )
    return BaseImageError(
        f"apt finds no packages for {suite.title} any more",
        found=f"{wanted} would have to be installed; support ended on {suite.last_day}",
        rule="The mirrors drop a release some time after its support has ended.",
        steps=(
            "Move to a Python whose image is built on a newer release.",
            "Or name an image of your own with `base`.",
        ),
        example='[tool.dockwright]\nbase = "registry.example.com/python:3.8"\nsuite = "bullseye"',
    )


def headers_for_the_build(
    name: str, origin: Origin, libraries: tuple[str, ...], *, used: bool
) -> Notice:
    """Return the notice that a -dev package of apt.txt or Aptfile is installed in the build stage only, or (not `used`) nowhere."""
    where = (
        "is in the build stage only" if used else "is left out, since nothing is compiled with them"
    )
    instead = (
        f"its library {', '.join(libraries)} is in the image"
        if libraries
        else "its library is not known"
    )
    return Notice(
        code="headers-in-build-stage",
        text=f"{name} holds headers, so it {where}; {instead}.",
        origin=origin,
        remedy=""
        if libraries
        else "Name the library in `packages`, and the headers in `build-packages`, if they are needed.",
    )


def not_for_this_image(origin: Origin, image: BaseImage) -> Notice:
    """Return the notice that apt.txt or Aptfile names Debian packages, and the image is not on Debian."""
    return Notice(
        code="apt-file-ignored",
        text=f"{origin.path} names packages for apt, which {image.reference} does not have: they are left out.",
        origin=origin,
        remedy="Name them in `packages` as the image's own distribution spells them.",
    )


def no_package_manager(image: BaseImage, packages: tuple[SystemPackage, ...]) -> BaseImageError:
    """Return the error for an image that cannot install what it would need."""
    wanted = "; ".join(
        f"{package.name} ({', '.join(package.needed_by) or package.because})"
        for package in packages
    )
    return BaseImageError(
        f"{image.reference} has no package manager, but needs packages at run time",
        found=wanted,
        rule="An image without a package manager holds what it was made with, and nothing else.",
        steps=(
            "Use a base image with a package manager.",
            "Or depend on distributions whose wheels carry their libraries.",
        ),
        example='[tool.dockwright]\nbase = "slim"',
    )


def _listed(needs: tuple[Need, ...]) -> str:
    names = sorted({need.package for need in needs})
    rest = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + rest
