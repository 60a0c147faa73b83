"""What is said about the project as a whole."""

from pathlib import Path

import pytest
from dockwright.detect import detect


def notices(root: Path, **files: str) -> list[str]:
    (root / "main.py").write_text("print('hello')\n", encoding="utf-8")
    for name, text in files.items():
        (root / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return [notice.code for notice in detect(root).notices]


@pytest.mark.parametrize("name", ["environment__yml", "environment__yaml", "pixi__toml"])
def test_what_conda_would_install_is_not_silently_left_out(tmp_path: Path, name: str) -> None:
    assert "conda-not-read" in notices(tmp_path, **{name: "dependencies: [numpy]"})


def test_a_manifest_beside_it_is_read(tmp_path: Path) -> None:
    found = notices(
        tmp_path, environment__yml="dependencies: [numpy]", requirements__txt="numpy==2.1.0\n"
    )
    assert "conda-not-read" not in found


def test_a_link_to_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / ".python-version").symlink_to("nowhere")
    assert "no-file" in notices(tmp_path)
