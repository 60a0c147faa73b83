"""The base image: what is chosen when nothing is said, what a wish leads to, and what is refused."""

import pytest
from dockwright.decide.base_image import choose_base_image, libc_of, read_reference
from dockwright.errors import BaseImageError
from dockwright.model.dependencies import LockedDistribution, LockedFile
from dockwright.model.origin import Origin
from dockwright.model.plan import BaseImage
from dockwright.model.project import PythonRelease
from dockwright.model.settings import Settings

PY313 = PythonRelease(version="3.13")


def chosen(settings: Settings | None = None, python: str = "3.13") -> BaseImage:
    return choose_base_image(PythonRelease(version=python), settings or Settings())[0].value


def locked(name: str, *files: str, version: str = "1.0") -> LockedDistribution:
    return LockedDistribution(
        name=name,
        version=version,
        origin=Origin(path="uv.lock", line=7),
        files=tuple(LockedFile(name=file) for file in files),
    )


def test_nothing_said_means_slim_on_the_newest_debian() -> None:
    image = chosen()
    assert (image.reference, image.family, image.suite) == (
        "python:3.13-slim-trixie",
        "debian",
        "trixie",
    )
    assert (image.packages, image.shell, image.python) == ("apt", True, "/usr/local/bin/python")
    assert "libssl3t64" in image.contents


@pytest.mark.parametrize(
    ("settings", "reference", "libc"),
    [
        pytest.param(
            Settings(suite="bookworm"),
            "python:3.13-slim-bookworm",
            ("glibc", 2, 36),
            id="another suite",
        ),
        pytest.param(
            Settings(base="full"), "python:3.13-trixie", ("glibc", 2, 41), id="the full image"
        ),
        pytest.param(
            Settings(base="alpine"), "python:3.13-alpine3.24", ("musl", 1, 2), id="alpine"
        ),
        pytest.param(
            Settings(suite="alpine3.23"),
            "python:3.13-alpine3.23",
            ("musl", 1, 2),
            id="a suite of alpine",
        ),
        pytest.param(
            Settings(base="uv"),
            "ghcr.io/astral-sh/uv:python3.13-trixie-slim",
            ("glibc", 2, 41),
            id="uv's image",
        ),
        pytest.param(
            Settings(base="distroless"),
            "gcr.io/distroless/python3-debian13:nonroot",
            ("glibc", 2, 41),
            id="distroless",
        ),
        pytest.param(
            Settings(base="python:3.13.2-slim-bookworm"),
            "python:3.13.2-slim-bookworm",
            ("glibc", 2, 36),
            id="a reference",
        ),
    ],
)
def test_a_wish_leads_to_its_image(
    settings: Settings, reference: str, libc: tuple[str, int, int]
) -> None:
    image = chosen(settings)
    assert (image.reference, image.libc) == (reference, libc)
    assert libc_of(settings) == libc


def test_what_the_image_has_is_spelled_as_its_suite_spells_it() -> None:
    assert "libssl3" in chosen(Settings(suite="bookworm")).contents
    assert "libssl3t64" not in chosen(Settings(suite="bookworm")).contents


def test_distroless_is_built_elsewhere() -> None:
    image = chosen(Settings(base="distroless"))
    assert (image.shell, image.packages, image.user, image.python) == (
        False,
        "none",
        "65532",
        "/usr/bin/python3",
    )
    assert (image.build_reference, image.build_packages) == ("python:3.13-slim-trixie", "apt")


def test_a_developer_variant_has_a_shell_and_builds_itself() -> None:
    image = chosen(Settings(base="cgr.dev/chainguard/python:latest-dev"))
    assert (image.shell, image.packages, image.build_reference) == (True, "apk", "")


def test_cuda_gets_the_python_of_ubuntu() -> None:
    image = chosen(Settings(base="nvidia/cuda:12.8.1-runtime-ubuntu24.04"), python="3.12")
    assert (image.family, image.suite, image.installs) == (
        "ubuntu",
        "noble",
        ("python3", "python3-venv"),
    )
    assert image.python == "/usr/bin/python3"


def test_a_digest_is_kept_beside_the_tag() -> None:
    digest = "sha256:" + "a" * 64
    image = chosen(Settings(base=f"python:3.13-slim-trixie@{digest}"))
    assert (image.reference, image.digest) == ("python:3.13-slim-trixie", digest)
    assert chosen(Settings(digest=digest)).digest == digest


@pytest.mark.parametrize(
    ("text", "kind", "python", "suite"),
    [
        pytest.param("python:3.12-slim", "slim", "3.12", "", id="slim without a suite"),
        pytest.param(
            "python:3.12.4-bookworm", "full", "3.12.4", "bookworm", id="full with a patch"
        ),
        pytest.param("python:3.12-alpine3.23", "alpine", "3.12", "alpine3.23", id="alpine"),
        pytest.param("python:slim", "slim", "", "", id="no version"),
        pytest.param("python", "full", "", "", id="no tag"),
        pytest.param(
            "registry.example.com:5000/library/python:3.13-slim",
            "slim",
            "3.13",
            "",
            id="a mirror with a port",
        ),
        pytest.param(
            "ghcr.io/astral-sh/uv:0.11.32-python3.12-trixie-slim", "uv", "3.12", "trixie", id="uv's"
        ),
        pytest.param(
            "gcr.io/distroless/python3-debian12",
            "distroless-debian12",
            "",
            "bookworm",
            id="distroless by name",
        ),
        pytest.param(
            "registry.access.redhat.com/ubi9/python-312:1-25", "ubi", "3.12", "ubi9", id="UBI"
        ),
        pytest.param(
            "nvidia/cuda:12.8.1-runtime-ubuntu22.04",
            "cuda",
            "",
            "jammy",
            id="CUDA on another Ubuntu",
        ),
        pytest.param(
            "mcr.microsoft.com/devcontainers/python:3.12-bookworm",
            "full",
            "3.12",
            "bookworm",
            id="a namesake",
        ),
        pytest.param("ubuntu:24.04", "", "", "noble", id="Ubuntu itself"),
        pytest.param("debian:bookworm-slim", "", "", "bookworm", id="Debian itself"),
        pytest.param("pennlabs/django-base:abcdef-3.11", "", "", "", id="somebody's own"),
    ],
)
def test_a_reference_says_what_it_says(text: str, kind: str, python: str, suite: str) -> None:
    reference = read_reference(text)
    assert (reference.kind, reference.python, reference.suite) == (kind, python, suite)


@pytest.mark.parametrize(
    ("settings", "python", "said"),
    [
        pytest.param(
            Settings(base="slimm"), "3.13", "did you mean slim", id="a word that does not exist"
        ),
        pytest.param(
            Settings(suite="sarge"),
            "3.13",
            "no release called 'sarge'",
            id="a suite that does not exist",
        ),
        pytest.param(
            Settings(suite="bullseye"),
            "3.14",
            "no image on Debian 11",
            id="a suite without that Python",
        ),
        pytest.param(
            Settings(base="python:3.11-slim"),
            "3.13",
            "holds Python 3.11",
            id="a tag of another Python",
        ),
        pytest.param(
            Settings(base="distroless"),
            "3.14",
            "holds Python 3.13",
            id="an image of another Python",
        ),
        pytest.param(
            Settings(base="ubi"), "3.14", "3.9, 3.11, 3.12", id="an image with some Pythons"
        ),
        pytest.param(
            Settings(base="ubuntu:24.04"),
            "3.13",
            "holds Python 3.12",
            id="a distribution's own Python",
        ),
        pytest.param(
            Settings(base="nvidia/cuda:12.8.1-runtime-ubuntu22.04"),
            "3.12",
            "holds Python 3.10",
            id="CUDA on an older Ubuntu",
        ),
        pytest.param(
            Settings(base="example.com/base:7"),
            "3.13",
            "made of",
            id="nobody knows what it is made of",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_a_way_out(
    settings: Settings, python: str, said: str
) -> None:
    with pytest.raises(BaseImageError) as caught:
        chosen(settings, python)
    assert said in caught.value.text()
    assert caught.value.exit_code == 3
    assert caught.value.steps
    assert caught.value.example


def test_an_unknown_image_is_taken_when_its_suite_is_said() -> None:
    image = chosen(Settings(base="example.com/base:7", suite="bookworm"))
    assert (image.reference, image.family, image.packages) == (
        "example.com/base:7",
        "debian",
        "apt",
    )


WHEEL = "{0}-1.0-cp313-cp313-manylinux_2_17_x86_64.whl"
ARM = "{0}-1.0-cp313-cp313-manylinux_2_17_aarch64.whl"
MUSL = (
    "{0}-1.0-cp313-cp313-musllinux_1_2_x86_64.whl",
    "{0}-1.0-cp313-cp313-musllinux_1_2_aarch64.whl",
)


def files(name: str, *templates: str) -> LockedDistribution:
    return locked(name, *(template.format(name) for template in templates))


def test_alpine_is_refused_when_a_distribution_has_no_wheel_for_musl() -> None:
    distributions = (
        files("scikit_learn", WHEEL, ARM, "{0}-1.0.tar.gz"),
        files("torch", WHEEL, ARM),
        files("lxml", WHEEL, ARM, *MUSL, "{0}-1.0.tar.gz"),
        files("docopt", "{0}-1.0.tar.gz"),
    )
    with pytest.raises(BaseImageError) as caught:
        choose_base_image(PY313, Settings(base="alpine"), distributions)
    text = caught.value.text()
    assert "torch" in text
    assert "scikit_learn" in text
    assert "lxml" not in text
    assert "docopt" not in text, "a pure source needs no wheel"


def test_force_compiles_on_alpine_but_cannot_make_a_source() -> None:
    built = (files("pycairo", WHEEL, ARM, "{0}-1.0.tar.gz"),)
    decision, _ = choose_base_image(PY313, Settings(base="alpine", force=True), built)
    assert decision.value.suite == "alpine3.24"
    with pytest.raises(BaseImageError, match="torch"):
        choose_base_image(PY313, Settings(base="alpine", force=True), (files("torch", WHEEL, ARM),))


def test_alpine_with_only_hashes_asks_the_table() -> None:
    hashed = LockedDistribution(
        name="psycopg2", version="2.9.11", origin=Origin(path="Pipfile.lock"), hashes=("sha256:0",)
    )
    with pytest.raises(BaseImageError, match="psycopg2"):
        choose_base_image(PY313, Settings(base="alpine"), (hashed,))


def test_old_releases_are_said_aloud() -> None:
    codes = {notice.code for notice in choose_base_image(PY313, Settings(suite="bookworm"))[1]}
    assert codes == {"suite-long-term-support"}
    codes = {
        notice.code for notice in choose_base_image(PythonRelease(version="3.6"), Settings())[1]
    }
    assert codes == {"suite-end-of-life", "base-image-not-rebuilt"}


def test_the_decision_names_what_was_not_taken() -> None:
    decision, _ = choose_base_image(PY313, Settings())
    assert decision.instead_of[0] == "bookworm"
    assert "trixie" in decision.because


@pytest.mark.parametrize(
    ("image", "kept"),
    [("", True), ("python:3.13-slim-trixie@", True), ("python:3.12-slim-trixie@", False)],
)
def test_a_digest_of_another_tag_is_not_taken(image: str, kept: bool) -> None:
    digest = "sha256:" + "b" * 64
    decision, notices = choose_base_image(
        PythonRelease(version="3.13"), Settings(digest=image + digest)
    )
    assert decision.value.digest == (digest if kept else "")
    assert [notice.code for notice in notices] == ([] if kept else ["digest-of-another-image"])
