"""The front end: a Node.js stage that builds it, and where its output goes."""

import posixpath
import re

from dockwright.model.application import Application, FrontEnd
from dockwright.model.artifact import FrontEndStage
from dockwright.model.origin import Notice
from dockwright.model.record import record
from dockwright.model.settings import Settings

DEFAULT_NODE = 24
STATIC_PORT = 8080
NODE_PORT = 3000
_OUTPUTS = {
    "vite": "dist",
    "react-scripts": "build",
    "webpack": "dist",
    "parcel": "dist",
    "next": ".next",
    "vue-cli-service": "dist",
    "rollup": "dist",
    "astro": "dist",
    "gatsby": "public",
    "nuxt": ".output",
}
_SERVERS = {
    "next": ("node_modules/.bin/next", "start"),
    "nuxt": ("node", ".output/server/index.mjs"),
    "sveltekit": ("node", "build"),
}
"""What renders on a server, and how it is started: without npm in between, so that signals arrive.
All read PORT.

The `start` or `preview` of other tools is a server for development: what they build is files.
"""


@record
class FrontEndPlan:
    """What the front ends add: their stages, and what must be said of them."""

    stages: tuple[FrontEndStage, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def own(self) -> tuple[FrontEndStage, ...]:
        """The front ends that run by themselves."""
        return tuple(stage for stage in self.stages if stage.stage)


def plan_front_ends(
    application: Application, settings: Settings, *, api: tuple[str, int] | None = None
) -> FrontEndPlan:
    """Return the stages. `api` is (service, port) of the web process, to which files alone hand
    /api/ on.
    """
    if not settings.front_end:
        return FrontEndPlan()
    names = _names(application.front_ends)
    pairs = zip(application.front_ends, names, strict=True)
    return FrontEndPlan(
        stages=tuple(_stage(one, name, api) for one, name in pairs),
        notices=tuple(_no_lock(one) for one in application.front_ends if not one.lock),
    )


def _names(front_ends: tuple[FrontEnd, ...]) -> list[str]:
    """Return one stage name for each, by its folder where there are several."""
    if len(front_ends) == 1:
        return ["frontend"]
    return [
        re.sub(r"[^a-z0-9]+", "-", f"frontend-{one.folder}".lower()).strip("-")
        for one in front_ends
    ]


def _stage(front_end: FrontEnd, name: str, api: tuple[str, int] | None) -> FrontEndStage:
    install, cache = _install_commands(front_end)
    own = not front_end.served_by_python
    command = _SERVERS.get(front_end.tool, ()) if own else ()
    manifests = ("package.json", posixpath.basename(front_end.lock))
    return FrontEndStage(
        because=f"The front end in {front_end.folder or '.'}: Node.js stays in this stage.",
        image=_node_image(front_end),
        build_stage=f"{name}-build" if own else name,
        folder=front_end.folder,
        manifests=tuple(manifest for manifest in manifests if manifest),
        cache=cache,
        install=install,
        build=_script(front_end, front_end.build_script or "build"),
        outputs=_outputs(front_end),
        stage=name if own else "",
        port=(NODE_PORT if command else STATIC_PORT) if own else 0,
        command=command,
        api=f"{api[0]}:{api[1]}" if api else "",
    )


def _node_image(front_end: FrontEnd) -> str:
    return "oven/bun:1" if front_end.manager == "bun" else f"node:{node_major(front_end.node)}-slim"


def node_major(wanted: str) -> int:
    """Return the major version of Node.js for what package.json or .nvmrc says; the newest
    long-term one where it is open.
    """
    text = wanted.strip().lower()
    numbers = [int(number) for number in re.findall(r"(?<![\d.])v?(\d{1,2})(?=\D|$)", text)]
    if (
        not numbers
        or text.startswith((">", "lts", "*", "node", "stable", "latest"))
        or "||" in text
    ):
        upper = re.search(r"<\s*(\d+)", text)
        return min(DEFAULT_NODE, int(upper[1]) - 1) if upper else DEFAULT_NODE
    return numbers[0]


def _install_commands(front_end: FrontEnd) -> tuple[tuple[str, ...], str]:
    locked = bool(front_end.lock)
    match front_end.manager:
        case "pnpm":
            flags = "--frozen-lockfile" if locked else "--no-lockfile"
            return (
                "corepack enable",
                f"pnpm install {flags} --store-dir /root/.pnpm-store",
            ), "/root/.pnpm-store"
        case "yarn" if front_end.manager_version and not front_end.manager_version.startswith("1"):
            return (
                "corepack enable",
                "yarn install --immutable" if locked else "yarn install",
            ), "/root/.yarn"
        case "yarn":
            flags = "--frozen-lockfile" if locked else "--no-lockfile"
            return (f"yarn install {flags} --cache-folder /root/.yarn",), "/root/.yarn"
        case "bun":
            return (
                "bun install --frozen-lockfile" if locked else "bun install --no-save",
            ), "/root/.bun/install/cache"
        case _:
            return ("npm ci" if locked else "npm install --no-package-lock",), "/root/.npm"


def _script(front_end: FrontEnd, name: str) -> str:
    manager = front_end.manager if front_end.manager in ("pnpm", "yarn", "bun") else "npm"
    return f"{manager} run {name}"


def _outputs(front_end: FrontEnd) -> tuple[str, ...]:
    """Return the folders that the build makes, relative to the project's root."""
    output = front_end.output or _OUTPUTS.get(front_end.tool, "dist")
    names = (output, "node_modules") if front_end.serves_modules else (output,)
    return tuple(posixpath.normpath(posixpath.join(front_end.folder, name)) for name in names)


def _no_lock(front_end: FrontEnd) -> Notice:
    return Notice(
        code="front-end-without-lock",
        text=f"{front_end.origin.path} has no lock, so each build takes the newest packages",
        origin=front_end.origin,
        remedy="run `npm install` there and commit package-lock.json",
    )
