"""Hatchling's build hook: the wheel carries the templates compiled as well, since compiling them takes half of a run."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledTemplates(BuildHookInterface):  # type: ignore[type-arg] # the builder's configuration is of no interest here
    """Adds `generator/_compiled_templates/` to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the templates and register the folder; an editable install reads the templates themselves."""
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, self.root)
        from generator.render.compiled import compile_templates

        folder = Path(tempfile.mkdtemp(prefix="compiled-templates-"))
        compile_templates(folder)
        build_data["force_include"][str(folder)] = "generator/_compiled_templates"
