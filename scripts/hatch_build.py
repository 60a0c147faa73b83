"""Hatchling's build hook: the wheel also carries the templates compiled and the knowledge as JSON.

Compiling templates took half of a run, parsing TOML a tenth.
"""

import json
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledData(BuildHookInterface):  # type: ignore[type-arg] # the builder's configuration is of no interest here
    """Adds `dockwright/_compiled_templates/` and `dockwright/_compiled_knowledge/` to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make both folders and register them; an editable install reads the sources themselves."""
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "generator"))
        from dockwright.render.files import compile_templates

        folder = Path(tempfile.mkdtemp(prefix="compiled-templates-"))
        compile_templates(folder)
        build_data["force_include"][str(folder)] = "dockwright/_compiled_templates"
        knowledge = Path(tempfile.mkdtemp(prefix="compiled-knowledge-"))
        for table in (Path(self.root) / "generator" / "dockwright" / "decide" / "knowledge").glob(
            "*.toml"
        ):
            document = tomllib.loads(table.read_text(encoding="utf-8"))
            (knowledge / f"{table.stem}.json").write_text(json.dumps(document), encoding="utf-8")
        rows = {
            name: {"place": table.name, "row": row}
            for table in (
                Path(self.root)
                / "generator"
                / "dockwright"
                / "decide"
                / "knowledge"
                / "native-packages"
            ).glob("*.toml")
            for name, row in tomllib.loads(table.read_text(encoding="utf-8")).items()
        }
        (knowledge / "native-packages.json").write_text(
            json.dumps(rows, sort_keys=True), encoding="utf-8"
        )
        build_data["force_include"][str(knowledge)] = "dockwright/_compiled_knowledge"
