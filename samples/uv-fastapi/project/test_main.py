import pytest
from fastapi import HTTPException
from main import now


def test_the_time_names_its_zone():
    assert now("Europe/Vienna")["now"].endswith(("+01:00", "+02:00"))


def test_an_unknown_zone_is_not_found():
    with pytest.raises(HTTPException):
        now("Moon/Tycho")
