"""What is in the folder? ProjectTree in, Project out: everything that reads the project."""

from dockwright.detect.detection import detect

__all__ = ["detect"]
