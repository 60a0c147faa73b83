"""Write the table of docs/internals/adopted-dockerfiles.md from the hand-written Dockerfiles in tests/unit/decide/dockerfiles."""

import tomllib
from pathlib import Path

from dockwright.decide.adoption import adopt
from dockwright.detect.application.previous import instructions, previous_dockerfile
from dockwright.settings.save import settings_flags

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "unit" / "decide" / "dockerfiles"
PAGE = ROOT / "docs" / "internals" / "adopted-dockerfiles.md"
START, END = "<!-- cases -->\n", "<!-- /cases -->"


def section(folder: Path) -> str:
    """Return what was read from one Dockerfile and what was not."""
    text = (folder / "Dockerfile").read_bytes().decode()
    adoption = adopt(previous_dockerfile(text))
    why = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))["why"]
    title, _, project = why.partition(" (after ")
    count = len(instructions(text))
    lines = [f"### After {project.rstrip(')')}: {title}", "", f"{count} instructions. Read:", ""]
    lines += [f"- `{flag}`" for flag in settings_flags(adoption.changes)]
    lines += ["", "Not read:", ""]
    groups: dict[str, list[str]] = {}
    for one in adoption.unread:
        groups.setdefault(one.why, []).append(one.text)
    for reason, texts in groups.items():
        shown = ", ".join(f"`{text[:60]}`" for text in texts[:3]) + (
            f" and {len(texts) - 3} more" if len(texts) > 3 else ""
        )
        lines.append(f"- {shown}: {reason}")
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the page with its table written anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    sections = "\n".join(section(folder) for folder in sorted(CASES.iterdir()))
    return f"{before}{START}\n{sections}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE.name}")
