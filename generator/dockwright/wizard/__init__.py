"""`dockwright init`: the questions that matter for one project."""

from dockwright.wizard.flow import run_wizard

__all__ = ["run_wizard"]
