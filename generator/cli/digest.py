"""`--digest`: pins the base image to what its tag is today."""

from pathlib import Path

from generator.model.record import replace
from generator.model.settings import Settings


def pinned(path: Path, settings: Settings, *, keep: bool) -> Settings:
    """Return the settings with the digest of the base image that they lead to; `keep` saves it for later runs.

    It is kept with its tag, so that it does not outlive a change of the Python or of the suite.
    """
    from generator.api import plan
    from generator.build.digest import digest_of

    reference = plan(path, replace(settings, digest="")).base_image.value.reference
    digest = f"{reference}@{digest_of(reference)}"
    if keep and digest != settings.digest:
        from generator.settings import save_settings

        save_settings(path, {"digest": digest})
    return replace(settings, digest=digest)
