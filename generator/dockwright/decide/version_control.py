"""What comes from version control: the tools that fetch it, and the keys that a private host asks for."""

from dockwright.decide.knowledge.native_packages import load_triggers
from dockwright.decide.native_needs import Fetched
from dockwright.model.dockerfile import AptLayer, Mount, Run
from dockwright.model.record import replace

_WITH_A_KEY = """A private repository is fetched with your SSH agent, and from hosts that your known_hosts has: neither is in the image.
A host's key that the build itself asks for (ssh-keyscan) proves nothing."""
"""The comment of a step that fetches over ssh."""

_SSH = Mount(kind="ssh")
_KNOWN_HOSTS = Mount(kind="secret", id="known_hosts", target="/etc/ssh/ssh_known_hosts")
"""Of the whole system, so that it counts whatever HOME is. Without it ssh refuses every host, which is right."""


def fetching_layer(
    them: tuple[Fetched, ...], manager: str, *, present: frozenset[str] = frozenset()
) -> AptLayer | None:
    """Return the layer with the tools that fetch `them`; `present` are packages that need not be installed."""
    family = "alpine" if manager == "apk" else "debian"
    table = load_triggers()
    packages = {name for one in them for name in table[one.trigger].family(family).build} - present
    if not packages or manager == "none":
        return None
    names, tools = ", ".join(dict.fromkeys(one.name for one in them)), tuple(sorted(packages))
    return AptLayer(manager=manager, packages=tools, comment=f"{names}: {', '.join(tools)}")


def with_keys(run: Run, them: tuple[Fetched, ...]) -> Run:
    """Return the step that fetches `them`, with the owner's SSH agent and known hosts if any is fetched over ssh."""
    if not any(one.by_ssh for one in them):
        return run
    return replace(run, mounts=(*run.mounts, _SSH, _KNOWN_HOSTS), comment=_WITH_A_KEY)
