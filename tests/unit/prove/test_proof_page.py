"""The page about a proof: what failed, and a treemap whose areas are the bytes."""

import re

from dockwright.model.output import Check, Proof
from dockwright.prove.proof_page import proof_page, treemap

PROOF = Proof(
    image="shop:<1>",
    checks=(
        Check(name="python", passed=False, found="3.12.1", expected="3.13"),
        Check(
            name="lock", passed=True, found="exactly what the lock says", expected="8 distributions"
        ),
    ),
    size=100_000_000,
    sizes=(("pandas", 60_000_000), ("typing-extensions", 1_000_000)),
)


def test_what_failed_says_what_was_expected() -> None:
    page = proof_page(PROOF)
    assert "3.12.1 (expected 3.13)" in page
    assert "exactly what the lock says<" in page
    assert "shop:&lt;1&gt;" in page
    assert "prefers-color-scheme:dark" in page


def test_each_area_is_as_large_as_its_bytes() -> None:
    page = proof_page(PROOF)
    found = re.findall(r'<title>([^:]+): .*?width="([\d.]+)" height="([\d.]+)"', page)
    areas = {name: float(width) * float(height) for name, width, height in found}
    assert set(areas) == {"pandas", "base image and source", "typing-extensions"}
    for name, share in (
        ("pandas", 0.60),
        ("base image and source", 0.39),
        ("typing-extensions", 0.01),
    ):
        assert abs(areas[name] / sum(areas.values()) - share) < 0.01


def test_a_name_is_cut_where_there_is_no_room_and_left_out_where_it_would_say_nothing() -> None:
    drawn = treemap((("pandas", 900), ("typing-extensions", 99), ("six", 1)))
    assert ">pandas<" in drawn
    assert re.search(r">typing-\w+\u2026<", drawn)
    assert ">six<" not in drawn


def test_the_page_escapes_what_it_shows() -> None:
    proof = Proof(
        image="<b>",
        checks=(Check(name="user", passed=False, found="<script>"),),
        size=10,
        sizes=(("flask", 4),),
    )
    page = proof_page(proof)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_treemap_gives_each_area_its_share() -> None:
    svg = treemap((("a", 750), ("b", 250)))
    assert 'width="720.0"' in svg
    assert 'width="240.0"' in svg
