"""ProjectTree in, Project out: everything that reads the project."""
