"""An existing Dockerfile, read into settings."""

from dockwright.adopt.adopt import adopt
from dockwright.adopt.reading import Adoption, Reading, Unread

__all__ = ["Adoption", "Reading", "Unread", "adopt"]
