"""The image of a FROM as settings."""

from typing import Any

from dockwright.model.pattern import Pattern

_PYTHON = Pattern(r"(?:docker\.io/)?(?:library/)?python(?::(?P<tag>[^@]+))?")
_UV = Pattern(r"ghcr\.io/astral-sh/uv:(?:[\d.]+-)?python(?P<tag>[^@]+)")
_TAG = Pattern(r"(?P<version>\d+(?:\.\d+){0,2}(?:(?:a|b|rc)\d+)?)?-?(?P<rest>.*)")
_SUITES = ("trixie", "bookworm", "bullseye", "buster", "stretch")


def image_settings(reference: str) -> tuple[dict[str, Any], str]:
    """Return the settings that an image means, and why its digest is not among them ("" without one)."""
    image, _, digest = reference.partition("@")
    why = (
        "a digest is taken again when it is asked for: it belongs to the tag that will be used"
        if digest
        else ""
    )
    python = _PYTHON.fullmatch(image) or _UV.fullmatch(image)
    if python is None:
        return {"base": image}, why
    tag = _TAG.fullmatch(python["tag"] or "")
    if tag is None:
        return {"base": image}, why
    return _version(tag["version"] or "") | _variant(tag["rest"]), why


def _version(version: str) -> dict[str, Any]:
    return {"python": version} if "." in version else {}


def _variant(rest: str) -> dict[str, Any]:
    parts = [part for part in rest.split("-") if part not in {"", "latest"}]
    alpine = next((part for part in parts if part.startswith("alpine")), "")
    if alpine:
        return {"base": "alpine"} | ({"suite": alpine} if alpine != "alpine" else {})
    suite = next((part for part in parts if part in _SUITES), "")
    return {"base": "slim" if "slim" in parts else "full"} | ({"suite": suite} if suite else {})
