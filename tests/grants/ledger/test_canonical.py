"""The canonical text and the chain: `vectors.json` is shared by Python, SQL and the offline verifier."""

import hashlib
import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from grants.enums import LEDGER_ROUTES
from grants.ledger.canonical import EPOCH, canonical_text, digest, epoch_text, genesis

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())
ROWS = [pytest.param(row, id=row["what"]) for row in VECTORS["rows"]]
IN_SQL = """
SELECT grants_ledger_canonical(%(number)s, %(kind)s, %(source)s, %(target)s, %(amount_cents)s, %(event_id)s,
    %(application_id)s, %(relief_line_id)s, %(charter_version)s, %(value_date)s, %(posted_at)s, %(reverses_number)s,
    %(available_after)s, %(reserved_after)s, %(committed_after)s, %(credited_after)s)
"""


def as_python(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {
        "value_date": date.fromisoformat(fields["value_date"]),
        "posted_at": datetime.fromisoformat(fields["posted_at"]),
    }


@pytest.mark.parametrize("row", ROWS)
def test_python_agrees_with_the_vectors(row: dict[str, Any]) -> None:
    assert canonical_text(**as_python(row["fields"])) == row["text"]
    assert digest(row["text"], row["previous_digest"]) == row["digest"]


@pytest.mark.django_db
@pytest.mark.parametrize("datestyle", ["ISO, MDY", "German, DMY"])
@pytest.mark.parametrize("timezone", ["UTC", "Pacific/Apia"])
@pytest.mark.parametrize("row", ROWS)
def test_sql_agrees_with_the_vectors_whatever_the_session(row: dict[str, Any], timezone: str, datestyle: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('timezone', %s, true), set_config('datestyle', %s, true)", [timezone, datestyle]
        )
        cursor.execute(IN_SQL, row["fields"])
        assert cursor.fetchone() == (row["text"],)
        cursor.execute("SELECT grants_ledger_digest(%s, %s)", [row["text"], row["previous_digest"]])
        assert cursor.fetchone() == (row["digest"],)


@pytest.mark.parametrize("vector", VECTORS["genesis"])
@pytest.mark.django_db
def test_both_start_a_chain_alike(vector: dict[str, str]) -> None:
    assert genesis(vector["code"]) == vector["digest"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT grants_ledger_genesis(%s)", [vector["code"]])
        assert cursor.fetchone() == (vector["digest"],)


def test_a_row_by_hand() -> None:
    first = VECTORS["rows"][0]
    text = "1\nendow\nendowment\navailable\n4000000\n11\n\n\n1\n2020-05-05\n1588680000.000000\n\n4000000\n0\n0\n0\n"
    start = hashlib.sha256(b"fundadmin:ledger:v1:oise-2020").hexdigest()
    assert first["text"] == text
    assert first["digest"] == hashlib.sha256((text + start).encode()).hexdigest()


def test_the_vectors_cover_every_kind_and_differ() -> None:
    assert {row["fields"]["kind"] for row in VECTORS["rows"]} == {kind.value for kind in LEDGER_ROUTES}
    assert len({row["text"] for row in VECTORS["rows"]}) == len(VECTORS["rows"])


def test_codes_hold_nothing_that_could_be_taken_for_a_field() -> None:
    codes = [str(code.value) for kind, route in LEDGER_ROUTES.items() for code in (kind, *route)]
    assert all(re.fullmatch(r"[a-z0-9_:-]+", code) for code in codes)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001 - naive, then placed
def test_an_instant_reads_back_to_the_microsecond(naive: datetime) -> None:
    instant = naive.replace(tzinfo=EPOCH.tzinfo)
    seconds, decimals = epoch_text(instant).removeprefix("-").split(".")
    sign = -1 if epoch_text(instant).startswith("-") else 1
    assert len(decimals) == 6
    microseconds = sign * (int(seconds) * 1_000_000 + int(decimals))
    difference = instant - EPOCH
    assert microseconds == (difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds
