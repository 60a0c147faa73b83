"""The compose file, settled down to the last value."""

from dockwright.model.record import record


@record
class Dependency:
    """One `depends_on`: `condition` is service_healthy, service_started or service_completed_successfully."""

    service: str
    condition: str


@record
class ComposeHealthCheck:
    """A healthcheck: `test` is the list form, CMD or CMD-SHELL first; "" and 0 mean the engine's own defaults."""

    test: tuple[str, ...]
    interval: str = "5s"
    timeout: str = "3s"
    retries: int = 20
    start_period: str = "10s"


@record
class WatchRule:
    """One rule of develop.watch: `action` is sync, sync+restart or rebuild."""

    action: str
    path: str
    target: str = ""
    ignore: tuple[str, ...] = ()


@record
class ComposeService:
    """One service. `build_target` is set for services made from the project, `image` for backing services.

    `environment` values may hold `${NAME}` that compose reads from .env; `secrets` names files under `ComposePlan.secrets`,
    `configs` are pairs of a name under `ComposePlan.configs` and the path at which the service finds it. `shared` is true
    for a service that starts from `ComposePlan.shared`; its own fields come on top. `build_contexts` are (name, folder) of
    folders outside the root that the build reads, `build_ssh` agents or keys that it may use, `build_secrets` names under
    `ComposePlan.secrets` that it is given.
    """

    name: str
    comment: str = ""
    image: str = ""
    build_context: str = ""
    build_target: str = ""
    build_dockerfile: str = ""
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    env_file: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    tmpfs: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    healthcheck: ComposeHealthCheck | None = None
    healthcheck_disabled: bool = False
    restart: str = ""
    init: bool = False
    user: str = ""
    read_only: bool = False
    stop_grace_period: str = ""
    profiles: tuple[str, ...] = ()
    watch: tuple[WatchRule, ...] = ()
    stop_signal: str = ""
    hostname: str = ""
    networks: tuple[str, ...] = ()
    configs: tuple[tuple[str, str], ...] = ()
    shared: bool = False
    working_dir: str = ""
    build_contexts: tuple[tuple[str, str], ...] = ()
    build_ssh: tuple[str, ...] = ()
    build_secrets: tuple[str, ...] = ()


@record
class ComposePlan:
    """The whole file: `secrets` are (name, file) pairs, `volumes` named volumes, `variables` what .env.example lists.

    `shared` holds the fields that all processes of the application have in common. `configs` are (name, content) pairs: files that
    compose makes itself, `${NAME}` filled in. `networks` are internal: nothing in them is reached from outside, or reaches out.
    """

    header: tuple[str, ...]
    name: str
    services: tuple[ComposeService, ...]
    secrets: tuple[tuple[str, str], ...] = ()
    volumes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    configs: tuple[tuple[str, str], ...] = ()
    shared: ComposeService | None = None
