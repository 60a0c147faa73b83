"""What comes from version control: the tools that fetch it, and the keys that a private host asks for."""

from dockwright.decide.knowledge.toolchains import load_triggers
from dockwright.model.dependencies import ManagerFinding, SourceKind
from dockwright.model.dockerfile import AptLayer, Mount, Run
from dockwright.model.record import record, replace

_WITH_A_KEY = """A private repository is fetched with your SSH agent, and from hosts that your known_hosts has: neither is in the image.
A host's key that the build itself asks for (ssh-keyscan) proves nothing."""
"""The comment of a step that fetches over ssh."""

_SSH = Mount(kind="ssh")
_KNOWN_HOSTS = Mount(kind="secret", id="known_hosts", target="/etc/ssh/ssh_known_hosts")
"""Of the whole system, so that it counts whatever HOME is. Without it ssh refuses every host, which is right."""


@record
class Fetched:
    """One distribution that is fetched from version control: `reference` is its URL without credentials."""

    name: str
    reference: str

    @property
    def trigger(self) -> str:
        """The key of triggers.toml with the tools that fetch it."""
        scheme = self.reference.partition("://")[0].partition("+")[0]
        if scheme in ("hg", "svn", "bzr"):
            return f"{scheme}-requirement"
        return "ssh-requirement" if self.by_ssh else "git-requirement"

    @property
    def by_ssh(self) -> bool:
        """Whether it is fetched over ssh, by URL (ssh://) or in the short form (git@HOST:PATH)."""
        address = self.reference
        return "ssh://" in address or address.startswith("git@") or "git+git@" in address


def fetched(
    finding: ManagerFinding, groups: frozenset[str] | None = None, *, locked: bool = True
) -> tuple[Fetched, ...]:
    """Return what the manifest or the lock takes from version control, by name; `groups` None means all of them.

    `locked` says that only the lock counts where there is one: what it does not hold is not installed.
    """
    entries = finding.lock.distributions if finding.lock else ()
    found = {
        Fetched(name=entry.name, reference=entry.reference)
        for entry in entries
        if entry.source is SourceKind.GIT
        and (groups is None or not entry.groups or groups.intersection(entry.groups))
    }
    if not locked or finding.lock is None:
        found |= {
            Fetched(name=wish.name, reference=wish.reference)
            for wish in finding.manifest.requirements
            if wish.source is SourceKind.GIT and (groups is None or wish.group in groups)
        }
    return tuple(sorted(found, key=lambda one: (one.name, one.reference)))


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
