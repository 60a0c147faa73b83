"""The front end: a Node.js stage that builds it, and where its output goes."""

import posixpath
import re

from dockwright.decide.process_request import WORKDIR
from dockwright.model.application import Application, FrontEnd
from dockwright.model.dockerfile import Copy, Mount, Run, Stage
from dockwright.model.origin import Notice
from dockwright.model.record import record
from dockwright.model.settings import Settings

DEFAULT_NODE = 24
STATIC_PORT = 8080
NODE_PORT = 3000
_STATIC_IMAGE = "caddy:2-alpine"
_NODE_USER = "1000:1000"
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
"""What renders on a server, and how it is started: without npm in between, so that signals arrive. All read PORT.

The `start` or `preview` of other tools is a server for development: what they build is files."""


@record
class FrontEndPlan:
    """What a front end adds: stages, copies into the runtime stage, and, for one of its own, its compose service.

    `folders` are those whose content Python serves once it is built.
    """

    stages: tuple[Stage, ...] = ()
    copies: tuple[Copy, ...] = ()
    services: tuple["FrontEndService", ...] = ()
    notices: tuple[Notice, ...] = ()
    folders: tuple[str, ...] = ()


@record
class FrontEndService:
    """A front end that runs by itself: the stage that starts it, and its port."""

    name: str
    target: str
    port: int
    because: str
    folder: str = ""


def plan_front_ends(
    application: Application, settings: Settings, *, api: tuple[str, int] | None = None
) -> FrontEndPlan:
    """Return what the front ends add. `api` is (service, port) of the web process, which a static front end hands /api/ on to."""
    if not settings.front_end:
        return FrontEndPlan()
    served = tuple(
        one.folder for one in application.front_ends if one.served_by_python and one.folder
    )
    stages: list[Stage] = []
    copies: list[Copy] = []
    services: list[FrontEndService] = []
    notices: list[Notice] = []
    for front_end, name in zip(application.front_ends, _names(application.front_ends), strict=True):
        build = f"{name}-build"
        stages.append(_build_stage(front_end, build))
        if not front_end.lock:
            notices.append(_no_lock(front_end))
        if front_end.served_by_python:
            copies.append(_copy(front_end, build))
            continue
        own_server = front_end.tool in _SERVERS
        stages.append(
            _node_stage(front_end, name, build)
            if own_server
            else _static_stage(front_end, name, build, api)
        )
        port = NODE_PORT if own_server else STATIC_PORT
        services.append(
            FrontEndService(
                name=name,
                target=name,
                port=port,
                because=f"{front_end.origin.path} is an application of its own",
                folder=front_end.folder,
            )
        )
    return FrontEndPlan(
        stages=tuple(stages),
        copies=tuple(copies),
        services=tuple(services),
        notices=tuple(notices),
        folders=served,
    )


def _names(front_ends: tuple[FrontEnd, ...]) -> list[str]:
    """Return one stage name for each, by its folder where there are several."""
    if len(front_ends) == 1:
        return ["frontend"]
    return [
        re.sub(r"[^a-z0-9]+", "-", f"frontend-{one.folder}".lower()).strip("-")
        for one in front_ends
    ]


def _build_stage(front_end: FrontEnd, name: str) -> Stage:
    folder = front_end.folder
    source = folder or "."
    return Stage(
        name=name,
        parent=_node_image(front_end),
        comment=f"Builds the front end in {folder or 'this folder'}. Node.js and node_modules stay in this stage.",
        workdir=posixpath.join(WORKDIR, folder) if folder else WORKDIR,
        install=(_install(front_end),),
        copies=(Copy(sources=(source,), destination="."),),
        project=(Run(commands=(_script(front_end, front_end.build_script or "build"),)),),
    )


def _node_image(front_end: FrontEnd) -> str:
    return "oven/bun:1" if front_end.manager == "bun" else f"node:{node_major(front_end.node)}-slim"


def node_major(wanted: str) -> int:
    """Return the major version of Node.js for what package.json or .nvmrc says; the newest long-term one where it is open."""
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


def _install(front_end: FrontEnd) -> Run:
    """Return the step that installs exactly what the lock says, from bind-mounted manifests and a cache."""
    folder = front_end.folder
    mounts = [
        Mount(kind="bind", source=posixpath.join(folder, name) if folder else name, target=name)
        for name in ("package.json", posixpath.basename(front_end.lock))
        if name
    ]
    commands, cache = _install_commands(front_end)
    return Run(commands=commands, mounts=(Mount(kind="cache", target=cache), *mounts))


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


def _output(front_end: FrontEnd) -> str:
    """Return the folder that the build writes, relative to the project's root."""
    output = front_end.output or _OUTPUTS.get(front_end.tool, "dist")
    return posixpath.normpath(posixpath.join(front_end.folder, output))


def _copy(front_end: FrontEnd, build: str) -> Copy:
    output = _output(front_end)
    return Copy(sources=(posixpath.join(WORKDIR, output),), destination=output, from_stage=build)


def _node_stage(front_end: FrontEnd, name: str, build: str) -> Stage:
    return Stage(
        name=name,
        parent=build,
        comment="The front end renders on its own server.",
        environment=(
            ("HOST", "0.0.0.0"),  # noqa: S104 - in a container
            ("HOSTNAME", "0.0.0.0"),  # noqa: S104 - in a container
            ("NODE_ENV", "production"),
            ("PORT", str(NODE_PORT)),
        ),
        switch_user=_NODE_USER,
        expose=(NODE_PORT,),
        command=_SERVERS[front_end.tool],
    )


def _static_stage(front_end: FrontEnd, name: str, build: str, api: tuple[str, int] | None) -> Stage:
    """Return a stage that serves the built files; what is no file is answered with index.html, as the router in it expects."""
    proxy = [f"  handle /api/* {{\\n    reverse_proxy {api[0]}:{api[1]}\\n  }}"] if api else []
    files = [
        "  handle {",
        "    root * /srv",
        "    try_files {path} /index.html",
        "    file_server",
        "  }",
    ]
    lines = [f":{STATIC_PORT} {{", *proxy, *files, "}"]
    text = "\\n".join(lines)
    return Stage(
        name=name,
        parent=_STATIC_IMAGE,
        comment="The front end is files only; Caddy serves them"
        + (f" and hands /api/ on to {api[0]}." if api else "."),
        environment=(("XDG_CONFIG_HOME", "/tmp"), ("XDG_DATA_HOME", "/tmp")),  # noqa: S108 - Caddy keeps nothing
        install=(Run(commands=(f"printf '{text}\\n' > /etc/caddy/Caddyfile",)),),
        late_copies=(
            Copy(
                sources=(posixpath.join(WORKDIR, _output(front_end)),),
                destination="/srv",
                from_stage=build,
            ),
        ),
        switch_user=_NODE_USER,
        expose=(STATIC_PORT,),
        command=("caddy", "run", "--config", "/etc/caddy/Caddyfile"),
    )


def _no_lock(front_end: FrontEnd) -> Notice:
    return Notice(
        code="front-end-without-lock",
        text=f"{front_end.origin.path} has no lock, so every build installs the newest packages it allows",
        origin=front_end.origin,
        remedy="run `npm install` there and commit package-lock.json",
    )
