"""Where in a TOML file a value stands."""

import pytest
from dockwright.model.toml_text import TomlLines

TEXT = """\
title = "a # b = c"
[project]
name = "shop"
dependencies = [
    "a",  # one ]
    "b", "c",
]
text = \"\"\"
[not.a.table]
name = 1
\"\"\"

[[tool.uv.index]]
name = "one"

[[tool.uv.index]]
name = "two"
inner = { deep = { deeper = [1,
  2] } }

[tool."quoted.name"]
a.b = 1
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("title",), 1),
        (("project",), 2),
        (("project", "name"), 3),
        (("project", "dependencies"), 4),
        (("project", "dependencies", 0), 5),
        (("project", "dependencies", 2), 6),
        (("project", "dependencies", 9), 4),
        (("tool", "uv", "index"), 13),
        (("tool", "uv", "index", 1), 16),
        (("tool", "uv", "index", 1, "name"), 17),
        (("tool", "uv", "index", 1, "inner", "deep", "deeper", 1), 19),
        (("tool", "quoted.name", "a", "b"), 22),
        (("not", "a"), None),
    ],
)
def test_the_line_of_a_place(place: tuple[str | int, ...], line: int | None) -> None:
    assert TomlLines("x.toml", TEXT).line(*place) == line


def test_an_origin_names_the_keys_without_positions() -> None:
    origin = TomlLines("x.toml", TEXT).origin("project", "dependencies", 1)
    assert str(origin) == "x.toml:6 (project.dependencies)"
