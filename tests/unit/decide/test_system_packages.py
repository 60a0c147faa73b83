"""System packages: what is compiled with, what is linked against, what is opened, and nothing else."""

from collections.abc import Sequence

import pytest
from dockwright.decide.base_image import choose_base_image
from dockwright.decide.system_packages import choose_system_packages
from dockwright.decide.wheels import PLATFORMS, wheel_facts
from dockwright.errors import BaseImageError, UsageError
from dockwright.model.application import Application, DjangoProject
from dockwright.model.dependencies import (
    Lock,
    LockedDistribution,
    LockedFile,
    LockState,
    Manager,
    ManagerFinding,
    Manifest,
    Requirement,
    SourceKind,
)
from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.plan import SystemPackages
from dockwright.model.project import Project, PythonRelease
from dockwright.model.settings import Settings

LOCK, MANIFEST = Origin(path="uv.lock", line=7), Origin(path="pyproject.toml", line=3)
X86, ARM = "-cp313-cp313-manylinux_2_17_x86_64.whl", "-cp313-cp313-manylinux_2_17_aarch64.whl"
PURE, SOURCE = "-py3-none-any.whl", ".tar.gz"


def locked(name: str, *endings: str, version: str = "1.0", **fields: object) -> LockedDistribution:
    """Make a distribution whose files end as given; no endings: a lock that holds only hashes."""
    stem = f"{name.replace('-', '_')}-{version}"
    return LockedDistribution(
        name=name,
        version=version,
        origin=LOCK,
        files=tuple(LockedFile(name=stem + ending) for ending in endings),
        **fields,  # type: ignore[arg-type]  # the fields that one test is about
    )


class Outcome:
    """The decision, asked for by name."""

    def __init__(
        self, packages: SystemPackages, compiled: tuple[str, ...], notices: tuple[Notice, ...]
    ) -> None:
        self.packages, self.compiled, self.notices = packages, compiled, notices
        self.build = {package.name: package.needed_by for package in packages.build}
        self.runtime = {package.name: package.needed_by for package in packages.runtime}
        self.codes = {notice.code for notice in notices}


def outcome(
    *distributions: LockedDistribution,
    settings: Settings | None = None,
    wishes: Sequence[Requirement] = (),
    project: Project | None = None,
    python: str = "3.13",
    has_lock: bool = True,
    no_binary: tuple[str, ...] = (),
) -> Outcome:
    settings = settings or Settings()
    lock = (
        Lock(path="uv.lock", format="1", state=LockState.FRESH, distributions=distributions)
        if has_lock
        else None
    )
    manifest = Manifest(path="pyproject.toml", requirements=tuple(wishes), no_binary=no_binary)
    finding = ManagerFinding(manager=Manager.UV, manifest=manifest, lock=lock)
    image = choose_base_image(PythonRelease(version=python), settings)[0].value
    facts = wheel_facts(
        distributions, python, settings.platforms or PLATFORMS, image.libc, no_binary=no_binary
    )
    return Outcome(
        *choose_system_packages(
            project or Project(name="shop"),
            finding,
            distributions,
            facts,
            image,
            settings,
            python=python,
        )
    )


def test_a_wheel_for_every_platform_needs_nothing() -> None:
    found = outcome(locked("psycopg2-binary", X86, ARM, SOURCE), locked("lxml", X86, ARM, SOURCE))
    assert (found.build, found.runtime, found.compiled) == ({}, {}, ())


def test_a_source_brings_its_headers_a_compiler_and_its_library() -> None:
    found = outcome(locked("psycopg2", SOURCE))
    assert list(found.build) == ["gcc", "libc6-dev", "libpq-dev"]
    assert found.runtime == {"libpq5": ("psycopg2",)}
    assert found.compiled == ("psycopg2",)
    assert "psycopg2 is compiled: no wheel" in found.packages.build[0].because


def test_a_wheel_for_one_platform_only_is_compiled_for_the_other() -> None:
    assert "libxml2-dev" in outcome(locked("lxml", X86, SOURCE)).build
    assert (
        outcome(locked("lxml", X86, SOURCE), settings=Settings(platforms=("linux/amd64",))).build
        == {}
    )


def test_names_follow_the_suite() -> None:
    ldap = locked("python-ldap", SOURCE)
    assert "libldap2" in outcome(ldap).runtime
    assert "libldap-2.5-0" in outcome(ldap, settings=Settings(suite="bookworm")).runtime
    magic = locked("python-magic", PURE)
    assert list(outcome(magic).runtime) == ["libmagic1t64"]
    assert list(outcome(magic, settings=Settings(suite="bookworm")).runtime) == ["libmagic1"]


def test_what_the_base_image_has_is_not_installed_again() -> None:
    found = outcome(locked("m2crypto", SOURCE))
    assert "libssl-dev" in found.build
    assert found.runtime == {}, "libssl3t64 is in the image"
    full = outcome(locked("psycopg2", SOURCE), settings=Settings(base="full"))
    assert (full.build, full.runtime) == ({}, {}), (
        "compiler, headers and library are in the full image"
    )


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("python-magic", "libmagic1t64"),
        ("weasyprint", "libpango-1.0-0"),
        ("pyzbar", "libzbar0t64"),
        ("pdf2image", "poppler-utils"),
        ("pytesseract", "tesseract-ocr"),
        ("pydub", "ffmpeg"),
        ("gitpython", "git"),
        ("jaydebeapi", "default-jre-headless"),
        ("selenium", "chromium"),
    ],
)
def test_pure_distributions_get_what_they_open_or_run(name: str, library: str) -> None:
    found = outcome(locked(name, PURE))
    assert found.runtime[library] == (name,)
    assert found.build == {}


def test_a_wheel_may_still_open_something() -> None:
    found = outcome(locked("opencv-python", X86, ARM))
    assert "libgl1" in found.runtime
    assert outcome(locked("opencv-python-headless", X86, ARM)).runtime == {}


def test_extras_count() -> None:
    plain = locked("psycopg", PURE, version="3.2.1")
    assert outcome(plain).runtime == {"libpq5": ("psycopg",)}
    binary = outcome(plain, locked("psycopg-binary", X86, ARM, version="3.2.1"))
    assert (binary.build, binary.runtime) == ({}, {})
    compiled = outcome(plain, locked("psycopg-c", SOURCE, version="3.2.1"))
    assert list(compiled.build) == ["gcc", "libc6-dev", "libpq-dev"]
    assert compiled.runtime == {"libpq5": ("psycopg-c",)}
    voice = outcome(locked("discord-py", PURE, extras=("voice",)))
    assert list(voice.runtime) == ["ffmpeg", "libopus0"]
    assert outcome(locked("discord-py", PURE)).runtime == {}


def test_versions_count() -> None:
    assert outcome(locked("python-snappy", PURE, version="0.7.3")).runtime == {}
    assert outcome(locked("python-snappy", SOURCE, version="0.6.1")).runtime == {
        "libsnappy1v5": ("python-snappy",)
    }
    assert "cargo-web" in outcome(locked("cryptography", SOURCE, version="46.0.0")).build
    assert "cargo-web" not in outcome(locked("cryptography", SOURCE, version="3.3")).build


def test_what_is_compiled_and_not_known_gets_a_compiler_and_a_warning() -> None:
    found = outcome(locked("shop-native", SOURCE))
    assert list(found.build) == ["g++"]
    notice = next(notice for notice in found.notices if notice.code == "unknown-native-package")
    assert "shop-native 1.0" in notice.text
    assert "build-packages" in notice.remedy
    assert notice.origin == LOCK


def test_a_pure_source_brings_no_compiler() -> None:
    found = outcome(locked("docopt", SOURCE), locked("openai-whisper", SOURCE))
    assert found.build == {}
    assert list(found.runtime) == ["ffmpeg"]


def test_a_lock_with_only_hashes_is_answered_by_the_table() -> None:
    hashed = [locked(name, hashes=("sha256:00",)) for name in ("psycopg2", "requests", "libsass")]
    hashed.append(locked("lxml", version="99", hashes=("sha256:00",)))
    found = outcome(*hashed)
    assert found.compiled == ("libsass", "psycopg2"), (
        "libsass has no wheel for arm64, lxml has all, requests is not known"
    )
    assert (
        outcome(
            locked("plyvel", hashes=("sha256:00",)),
            python="3.12",
            settings=Settings(platforms=("linux/amd64",)),
        ).build
        == {}
    )
    assert (
        "libleveldb-dev"
        in outcome(
            locked("plyvel", hashes=("sha256:00",)), settings=Settings(platforms=("linux/amd64",))
        ).build
    )


def test_gitpython_for_streamlit_alone_brings_no_git() -> None:
    streamlit = locked("streamlit", PURE, depends_on=("gitpython",))
    assert outcome(streamlit, locked("gitpython", PURE)).runtime == {}
    wish = Requirement(name="gitpython", origin=MANIFEST)
    assert "git" in outcome(streamlit, locked("gitpython", PURE), wishes=[wish]).runtime
    other = locked("shop-tools", PURE, depends_on=("gitpython",))
    assert "git" in outcome(streamlit, other, locked("gitpython", PURE)).runtime


@pytest.mark.parametrize(
    ("reference", "packages"),
    [
        ("https://git.example.com/shop.git", ["git"]),
        ("ssh://git@git.example.com/shop.git", ["git", "openssh-client"]),
        ("git@git.example.com:shop.git", ["git", "openssh-client"]),
    ],
)
def test_requirements_from_version_control_need_their_tool_in_the_build_stage(
    reference: str, packages: list[str]
) -> None:
    found = outcome(locked("shop-core", source=SourceKind.GIT, reference=reference))
    assert list(found.build) == packages
    assert found.runtime == {}


def test_geodjango_needs_gdal_though_no_distribution_says_so() -> None:
    django = DjangoProject(
        manage=Origin(path="manage.py"), settings_module="shop.settings", gis=True
    )
    project = Project(name="shop", application=Application(django=(django,)))
    found = outcome(locked("django", PURE), project=project)
    assert found.runtime == {"libgdal36": ("django.contrib.gis",)}
    on_bookworm = outcome(
        locked("django", PURE), project=project, settings=Settings(suite="bookworm")
    )
    assert list(on_bookworm.runtime) == ["libgdal32"]


def test_without_a_lock_the_manifest_is_asked() -> None:
    wishes = [
        Requirement(name="psycopg", origin=MANIFEST, extras=("c",)),
        Requirement(name="pdf2image", origin=MANIFEST),
        Requirement(name="pytesseract", origin=MANIFEST, group="dev"),
    ]
    found = outcome(wishes=wishes, has_lock=False)
    assert "poppler-utils" in found.runtime
    assert "tesseract-ocr" not in found.runtime, "a group that production does not install"
    assert "system-packages-without-lock" in found.codes


def test_the_owners_packages_are_added_and_checked() -> None:
    found = outcome(settings=Settings(packages=("ffmpeg",), build_packages=("cmake",)))
    assert (list(found.runtime), list(found.build)) == (["ffmpeg"], ["cmake"])
    assert found.packages.runtime[0].because == "the setting `packages`"
    with pytest.raises(UsageError, match="FFmpeg"):
        outcome(settings=Settings(packages=("FFmpeg",)))
    assert outcome(
        locked("selenium", PURE), settings=Settings(without_packages=("chromium",))
    ).runtime.keys() == {
        "chromium-driver",
        "fonts-liberation",
    }


def test_apt_files_are_honoured_and_their_headers_stay_out_of_the_image() -> None:
    origin = Origin(path="Aptfile", line=2)
    project = Project(
        name="shop",
        apt_packages=(
            Sourced(value="imagemagick", origin=origin),
            Sourced(value="libgdal-dev", origin=origin),
        ),
    )
    found = outcome(locked("shop-native", SOURCE), project=project)
    assert list(found.build) == ["g++", "libgdal-dev"], "it may be compiled with them"
    assert list(found.runtime) == ["imagemagick", "libgdal36"]
    assert "headers-in-build-stage" in found.codes
    assert {package.asked_by for package in found.packages.runtime} == {"Aptfile"}
    known = outcome(locked("psycopg2", SOURCE), project=project)
    assert "libgdal-dev" not in known.build, "psycopg2 is compiled without them"
    assert "libgdal36" in known.runtime
    assert outcome(project=project, settings=Settings(base="alpine")).codes == {"apt-file-ignored"}


def test_alpine_has_its_own_names() -> None:
    found = outcome(locked("psycopg2", SOURCE), settings=Settings(base="alpine"))
    assert list(found.build) == ["gcc", "libpq-dev", "musl-dev"]
    assert list(found.runtime) == ["libpq"]
    sound = outcome(locked("soundfile", X86, ARM, PURE), settings=Settings(base="alpine"))
    assert list(sound.runtime) == ["libsndfile"], "the pure wheel carries no library"


def test_an_image_without_a_package_manager_cannot_get_a_library() -> None:
    with pytest.raises(BaseImageError) as caught:
        outcome(locked("python-magic", PURE), settings=Settings(base="distroless"))
    assert "libmagic1t64 (python-magic)" in caught.value.text()
    assert outcome(locked("lxml", X86, ARM), settings=Settings(base="distroless")).runtime == {}


def test_an_image_whose_names_nobody_knows_is_left_to_its_owner() -> None:
    found = outcome(locked("psycopg2", SOURCE), settings=Settings(base="ubi"), python="3.12")
    assert (found.build, found.runtime) == ({}, {})
    notice = next(notice for notice in found.notices if notice.code == "system-packages-unknown")
    assert "libpq-dev" in notice.text


def test_what_cannot_be_had_on_linux_is_said_before_the_build_fails() -> None:
    found = outcome(locked("python-magic-bin", "-py2.py3-none-win_amd64.whl"))
    notice = next(notice for notice in found.notices if notice.code == "no-file-for-platform")
    assert "linux/amd64, linux/arm64" in notice.text
    assert "python-magic" in notice.remedy
    assert "no-file-for-platform" in outcome(locked("shop-gpu", X86)).codes, "nothing for arm64"
    assert (
        outcome(locked("shop-gpu", X86), settings=Settings(platforms=("linux/amd64",))).codes
        == set()
    )


def test_a_release_that_lost_a_package_says_so() -> None:
    found = outcome(locked("pdfkit", PURE))
    assert found.runtime == {}
    assert "system-package-unavailable" in found.codes
    assert list(outcome(locked("pdfkit", PURE), settings=Settings(suite="bookworm")).runtime) == [
        "wkhtmltopdf"
    ]


def test_a_release_that_left_the_mirrors_cannot_install_anything() -> None:
    assert outcome(locked("docopt", SOURCE), python="3.8.5").runtime == {}
    with pytest.raises(BaseImageError, match="Debian 10"):
        outcome(locked("python-magic", PURE), python="3.8.5")


def test_the_browser_of_playwright_is_fetched_and_found() -> None:
    found = outcome(locked("playwright", X86, ARM, version="1.50.0"))
    assert found.packages.commands == ("playwright install --only-shell chromium",)
    assert ("PLAYWRIGHT_BROWSERS_PATH", "/ms-playwright") in found.packages.environment
    assert "libnss3" in found.runtime
    older = outcome(locked("playwright", X86, ARM, version="1.48.0"))
    assert older.packages.commands == ("playwright install chromium",)


def test_packages_are_sorted_and_say_who_needs_them() -> None:
    found = outcome(
        locked("lxml", SOURCE), locked("python-ldap", SOURCE), locked("psycopg2", SOURCE)
    )
    assert list(found.build) == sorted(found.build)
    assert found.build["gcc"] == ("lxml", "psycopg2", "python-ldap")
    assert all(package.because for package in (*found.packages.build, *found.packages.runtime))


def test_what_the_owner_forbids_the_wheel_of_is_compiled() -> None:
    found = outcome(
        locked("lxml", X86, ARM, SOURCE), locked("pyyaml", X86, ARM, SOURCE), no_binary=("lxml",)
    )
    assert found.compiled == ("lxml",)
    assert found.build["libxml2-dev"] == ("lxml",)
    assert found.runtime == {"libxml2": ("lxml",), "libxslt1.1": ("lxml",)}
    assert found.packages.runtime[0].because == "lxml is linked against it"
    assert {package.because for package in found.packages.build} == {
        "lxml is compiled: the project forbids its wheel (no-binary)"
    }


@pytest.mark.parametrize("has_lock", [True, False])
def test_without_any_wheels_only_what_the_table_knows_is_compiled(has_lock: bool) -> None:
    wishes = [Requirement(name=name, origin=MANIFEST) for name in ("lxml", "flask", "python-magic")]
    found = outcome(
        *(locked(wish.name) for wish in wishes),
        wishes=wishes,
        has_lock=has_lock,
        no_binary=(":all:",),
    )
    assert found.compiled == ("lxml",)
    assert "libmagic1t64" in found.runtime


def test_without_any_wheels_a_pure_one_still_needs_nothing() -> None:
    found = outcome(
        locked("flask", PURE, SOURCE), locked("shapely", X86, ARM, SOURCE), no_binary=(":all:",)
    )
    assert found.compiled == ("shapely",)
