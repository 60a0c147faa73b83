"""An existing Dockerfile, read into settings."""

from generator.adopt.adopt import adopt
from generator.adopt.reading import Adoption, Reading, Unread

__all__ = ["Adoption", "Reading", "Unread", "adopt"]
