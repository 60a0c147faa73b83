"""What Dockwright knows about the world, as TOML, checked when it is loaded."""
