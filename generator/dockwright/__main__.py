"""`python -m dockwright` is the same as `dockwright`."""

from dockwright.cli import run

if __name__ == "__main__":
    run()
