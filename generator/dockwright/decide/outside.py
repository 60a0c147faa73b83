"""Folders outside the root that the project takes distributions from: each is a build context of its own."""

from posixpath import basename, normpath

from dockwright.model.dockerfile import Copy, Mount


def context_name(folder: str) -> str:
    """Return the name of the extra build context for a folder outside the root, "" for one inside."""
    return basename(folder).lower() if folder.startswith("..") else ""


def source_copy(folder: str, destination: str) -> Copy:
    """Return the COPY of such a folder; its comment says how the context is given."""
    name = context_name(folder)
    return Copy(
        sources=(".",),
        destination=destination,
        from_stage=name,
        comment=f"{folder} lies outside the root: `--build-context {name}={folder}` brings it in.\nhadolint ignore=DL3022",
    )


def manifest_mounts(folders: tuple[str, ...], workdir: str) -> tuple[Mount, ...]:
    """Return mounts of the manifests of such folders where a command in `workdir` looks for them: a lock is checked with them."""
    return tuple(
        Mount(
            kind="bind",
            from_stage=context_name(folder),
            source="pyproject.toml",
            target=normpath(f"{workdir}/{folder}/pyproject.toml"),
        )
        for folder in folders
        if context_name(folder)
    )
