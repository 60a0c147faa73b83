"""What the project's own code says about what runs: found in syntax trees, never by importing."""

from dockwright.detect.application.discovery import find_application
from dockwright.detect.application.ports import find_exposed_port

__all__ = ["find_application", "find_exposed_port"]
