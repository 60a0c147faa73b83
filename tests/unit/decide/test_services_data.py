"""The table of backing services is complete and says what can be true."""

import re
from string import Formatter

import pytest
from dockwright.decide.services import ServiceRow, service_rows

ROWS = tuple(service_rows().values())
PLACEHOLDERS = {"scheme", "user", "password", "host", "port", "database", "name"}


def each(row: ServiceRow) -> str:
    return row.kind


def test_every_service_that_was_promised_is_there() -> None:
    promised = {"postgres", "postgis", "mysql", "mariadb", "mongodb", "redis", "valkey", "rabbitmq", "kafka", "elasticsearch", "opensearch", "memcached", "minio", "mailpit"}  # fmt: skip

    assert promised <= set(service_rows())


@pytest.mark.parametrize("row", ROWS, ids=each)
def test_a_name_is_valid_as_host_and_in_yaml(row: ServiceRow) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]*", row.kind)


@pytest.mark.parametrize("row", ROWS, ids=each)
def test_the_image_is_pinned_to_a_version(row: ServiceRow) -> None:
    tag = row.image.rpartition(":")[2]

    assert re.search(r"\d", tag)
    assert "latest" not in row.image


@pytest.mark.parametrize("row", ROWS, ids=each)
def test_urls_hold_known_placeholders_only(row: ServiceRow) -> None:
    texts = (row.url, row.user, *(value for _, value in (*row.environment, *row.also)))
    used = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}

    assert used <= PLACEHOLDERS
    assert not ("password" in used and not row.password)


@pytest.mark.parametrize("row", ROWS, ids=each)
def test_a_password_is_never_a_literal(row: ServiceRow) -> None:
    named = [(name, value) for name, value in row.environment if "PASS" in name]

    assert all(value == "{password}" or "RANDOM" in name for name, value in named)


@pytest.mark.parametrize("row", [row for row in ROWS if row.instead_of], ids=each)
def test_a_stand_in_comes_after_and_speaks_like_what_it_replaces(row: ServiceRow) -> None:
    replaced = service_rows()[row.instead_of]

    assert (row.port, row.group) == (replaced.port, replaced.group)
    assert list(service_rows()).index(row.kind) > list(service_rows()).index(replaced.kind)


@pytest.mark.parametrize("row", ROWS, ids=each)
def test_what_keeps_data_has_a_volume(row: ServiceRow) -> None:
    assert bool(row.volume) == (row.kind not in {"memcached", "mailpit"})


def test_postgresql_18_keeps_its_data_above_the_folder_of_the_version() -> None:
    assert {service_rows()[kind].volume for kind in ("postgres", "postgis", "pgvector")} == {
        "/var/lib/postgresql"
    }
