"""`dockwright init`: the questions that matter for one project. Together with `cli` the only room that prints and asks."""

from dockwright.wizard.flow import run_wizard

__all__ = ["run_wizard"]
