"""The command line of a build."""

from pathlib import Path

import pytest
from dockwright.build.engine import Engine
from dockwright.build.request import BuildRequest, build_argv
from dockwright.errors import UsageError

DOCKER = Engine(program="docker", buildx=True)
PODMAN = Engine(program="podman")
NERDCTL = Engine(program="nerdctl")


def test_a_plain_build_loads_its_result() -> None:
    argv = build_argv(DOCKER, BuildRequest(root=Path("shop"), tags=("shop:1",)))
    assert argv == (
        "docker",
        "buildx",
        "build",
        "--file",
        "shop/Dockerfile",
        "--tag",
        "shop:1",
        "--load",
        "shop",
    )


def test_several_platforms_cannot_be_loaded_and_are_named_in_one_word() -> None:
    argv = build_argv(DOCKER, BuildRequest(root=Path(), platforms=("linux/amd64", "linux/arm64")))
    assert "linux/amd64,linux/arm64" in argv
    assert "--load" not in argv


def test_a_push_replaces_the_load() -> None:
    argv = build_argv(
        DOCKER,
        BuildRequest(root=Path(), tags=("a", "b"), push=True, sbom=True, provenance="mode=max"),
    )
    assert {"--push", "--sbom=true", "--provenance=mode=max"} <= set(argv)
    assert "--load" not in argv
    assert argv.count("--tag") == 2


def test_folders_outside_the_root_are_contexts_of_their_own() -> None:
    argv = build_argv(DOCKER, BuildRequest(root=Path("app"), contexts=(("core", "../core"),)))
    assert argv[argv.index("--build-context") + 1] == "core=app/../core"


def test_secrets_caches_and_builders_are_handed_on() -> None:
    request = BuildRequest(
        root=Path(),
        builder="cluster",
        cache_to=("type=registry,ref=r/c",),
        cache_from=("type=registry,ref=r/c",),
        secrets=("id=netrc,src=.netrc",),
        ssh=("default",),
        no_cache=True,
        target="dev",
        arguments=(("VERSION", "1.2"),),
    )
    text = " ".join(build_argv(DOCKER, request))
    for part in (
        "--builder cluster",
        "--secret id=netrc,src=.netrc",
        "--ssh default",
        "--no-cache",
        "--target dev",
    ):
        assert part in text
    assert "--build-arg VERSION=1.2" in text


def test_podman_builds_without_buildx_in_the_format_that_has_health_checks() -> None:
    argv = build_argv(PODMAN, BuildRequest(root=Path(), tags=("app",)), metadata=Path("id"))
    assert argv[:2] == ("podman", "build")
    assert "--load" not in argv
    assert argv[argv.index("--format") + 1] == "docker"
    assert argv[argv.index("--iidfile") + 1] == "id"


def test_podman_never_builds_from_its_cache_which_does_not_see_what_mounts_hold() -> None:
    assert "--no-cache" in build_argv(PODMAN, BuildRequest(root=Path()))


def test_podman_keeps_several_platforms_under_one_manifest() -> None:
    argv = build_argv(
        PODMAN, BuildRequest(root=Path(), tags=("app",), platforms=("linux/amd64", "linux/arm64"))
    )
    assert argv[argv.index("--manifest") + 1] == "app"
    assert "--tag" not in argv


def test_nerdctl_is_told_in_its_own_words() -> None:
    argv = build_argv(NERDCTL, BuildRequest(root=Path(), tags=("app",), sbom=True, no_cache=True))
    assert argv == (
        "nerdctl", "build", "--file", "Dockerfile", "--tag", "app", "--sbom=true", "--no-cache", ".",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("engine", "asked", "able"),
    [
        (PODMAN, {"push": True}, "docker has it"),
        (PODMAN, {"sbom": True}, "docker and nerdctl have it"),
        (PODMAN, {"builder": "x", "sbom": True}, "docker has them"),
        (PODMAN, {"provenance": "mode=min"}, "docker and nerdctl have it"),
        (PODMAN, {"cache_to": ("registry.example.org/cache",)}, "docker and nerdctl have it"),
        (PODMAN, {"load": False}, "docker has it"),
        (NERDCTL, {"push": True}, "docker has it"),
        (NERDCTL, {"builder": "x"}, "docker has it"),
    ],
)
def test_what_an_engine_lacks_is_refused_and_who_has_it_is_said(
    engine: Engine, asked: dict[str, object], able: str
) -> None:
    with pytest.raises(UsageError, match=f"{engine.program} build has no") as refused:
        build_argv(engine, BuildRequest(root=Path(), **asked))  # type: ignore[arg-type] # one keyword at a time
    assert refused.value.rule == able
