"""`dockwright build` as far as it goes without an engine: the command line, and what it refuses."""

from collections.abc import Callable
from pathlib import Path

SAMPLES = Path(__file__).parents[3] / "samples"

Run = Callable[..., tuple[int, str, str]]


def test_files_of_a_template_pack_are_what_the_project_needs(project: Path, run: Run) -> None:
    assert (
        run(
            "generate",
            "--template",
            str(SAMPLES / "packs" / "house-style"),
            "team=shop",
            "--no-input",
        )[0]
        == 0
    )
    assert 'vendor="Example Ltd"' in (project / "Dockerfile").read_text()
    assert run("generate", "--check")[0] == 0
    code, out, err = run("build", "--dry-run", "--tag", "shop")
    assert (code, err) == (0, "")
    assert out.startswith("docker buildx build --file Dockerfile --tag shop")


def test_files_that_are_out_of_date_are_refused(project: Path, run: Run) -> None:
    assert run("generate")[0] == 0
    code, _, err = run("build", "--dry-run", "--set", "user=4321")
    assert code == 2
    assert "Dockerfile is not what the project needs" in err
