"""Write docs/settings.md from the declarations of the settings: `python scripts/settings_docs.py`."""

from pathlib import Path

from dockwright.settings.document import settings_document

if __name__ == "__main__":
    page = Path(__file__).parent.parent / "docs" / "settings.md"
    page.write_text(settings_document(), encoding="utf-8", newline="\n")
    print(f"wrote {page.name}")
