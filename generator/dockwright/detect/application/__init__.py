"""What the project's own code says about what runs: found in syntax trees, never by importing."""

from dockwright.detect.application.discovery import find_application, read_deployment

__all__ = ["find_application", "read_deployment"]
