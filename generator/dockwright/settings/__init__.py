"""What the owner settled: flags, then `DOCKWRIGHT_*`, then the file, then what is decided."""

from dockwright.model.settings import SettingsSource
from dockwright.settings.load import load_settings

__all__ = ["SettingsSource", "load_settings"]
