"""The command line of a build."""

from pathlib import Path

import pytest

from generator.build.engines import Engine
from generator.build.request import BuildRequest, build_argv
from generator.errors import UsageError

DOCKER = Engine(program="docker", buildx=True)
PODMAN = Engine(program="podman")


def test_a_plain_build_loads_its_result() -> None:
    argv = build_argv(DOCKER, BuildRequest(root=Path("shop"), tags=("shop:1",)))
    assert argv == ("docker", "buildx", "build", "--file", "shop/Dockerfile", "--tag", "shop:1", "--load", "shop")


def test_several_platforms_cannot_be_loaded_and_are_named_in_one_word() -> None:
    argv = build_argv(DOCKER, BuildRequest(root=Path(), platforms=("linux/amd64", "linux/arm64")))
    assert "linux/amd64,linux/arm64" in argv
    assert "--load" not in argv


def test_a_push_replaces_the_load() -> None:
    argv = build_argv(DOCKER, BuildRequest(root=Path(), tags=("a", "b"), push=True, sbom=True, provenance="mode=max"))
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
    for part in ("--builder cluster", "--secret id=netrc,src=.netrc", "--ssh default", "--no-cache", "--target dev"):
        assert part in text
    assert "--build-arg VERSION=1.2" in text


def test_podman_builds_without_buildx() -> None:
    argv = build_argv(PODMAN, BuildRequest(root=Path(), tags=("app",)))
    assert argv[:2] == ("podman", "build")
    assert "--load" not in argv


@pytest.mark.parametrize("asked", [{"push": True}, {"sbom": True}, {"builder": "x"}, {"provenance": "mode=min"}])
def test_what_only_buildx_can_do_is_refused_for_podman(asked: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="podman build has no"):
        build_argv(PODMAN, BuildRequest(root=Path(), **asked))  # type: ignore[arg-type] # one keyword at a time
