"""`python -m generator` is the same as `dockwright`."""

from generator.cli import main

main()
