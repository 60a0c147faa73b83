"""`--digest`: pins the base image to what its tag is today."""

from pathlib import Path

from dockwright.model.record import replace
from dockwright.model.settings import Settings


def pinned(path: Path, settings: Settings, *, keep: bool) -> Settings:
    """Return the settings with the digest of the base image that they lead to; `keep` saves it for later runs.

    It is kept with its tag, so that it does not outlive a change of the Python or of the suite.
    """
    from dockwright.api import plan
    from dockwright.build.engine import digest_of

    reference = plan(path, replace(settings, digest="")).base_image.value.reference
    digest = f"{reference}@{digest_of(reference)}"
    if keep and digest != settings.digest:
        from dockwright.settings.save import changed_settings
        from dockwright.write import write

        write(changed_settings(path, {"digest": digest}), path)
    return replace(settings, digest=digest)
