"""Where mounts land, spelled out: BuildKit takes a target relative to the work directory, older Podman refuses one."""

from posixpath import join

from dockwright.model.dockerfile import Run, Stage
from dockwright.model.record import replace


def with_absolute_targets(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """Return `stages` with every mount's target absolute, as far as the work directory is known from the stages themselves."""
    workdirs: dict[str, str] = {}
    placed = []
    for stage in stages:
        workdir = join(workdirs.get(stage.parent, ""), stage.workdir)
        workdirs[stage.name] = workdir
        placed.append(_placed(stage, workdir) if workdir.startswith("/") else stage)
    return tuple(placed)


def _placed(stage: Stage, workdir: str) -> Stage:
    return replace(
        stage,
        tool=_runs(stage.tool, workdir),
        install=_runs(stage.install, workdir),
        project=_runs(stage.project, workdir),
        assets=_runs(stage.assets, workdir),
    )


def _runs(runs: tuple[Run, ...], workdir: str) -> tuple[Run, ...]:
    return tuple(
        replace(
            run,
            mounts=tuple(
                replace(mount, target=join(workdir, mount.target)) if mount.target else mount
                for mount in run.mounts
            ),
        )
        for run in runs
    )
