"""`python -m generator` is the same as `dockwright`."""

from generator.cli import run

if __name__ == "__main__":
    run()
