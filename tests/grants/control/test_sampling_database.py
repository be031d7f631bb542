"""What the database holds of a sample by itself, whoever writes: no session can switch its triggers off."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from grants.enums import State
from grants.models import Sample
from tests.factories import World, open_fund
from tests.grants import walk
from tests.grants.control.samples import a_sample, find_all, signed

pytestmark = pytest.mark.django_db(transaction=True)

Refused = Callable[..., str | None]
SIGN = "UPDATE grants_sample SET state = 'signed', closed_by_id = made_by_id, closed_at = now(), conclusion = %s"


@pytest.fixture
def world() -> World:
    made = open_fund()
    for _ in range(2):
        walk.walk_to(made, State.CREDITED)
    return made


@pytest.fixture
def refused(connect_as_app: Callable[..., psycopg.Connection]) -> Refused:
    """The constraint that refuses a statement of the application's role."""
    session = connect_as_app()

    def run(statement: str, *parameters: Any) -> str | None:
        session.execute("SELECT set_config('pgtrigger.ignore', '{sample_kept,sampleitem_kept}', true)")
        with pytest.raises(psycopg.Error) as error:
            session.execute(statement, parameters)
        session.rollback()
        return error.value.diag.constraint_name or error.value.diag.message_primary

    return run


def test_a_signed_sample_is_frozen(world: World, refused: Refused) -> None:
    sample = signed(world)
    assert refused("UPDATE grants_sample SET conclusion = 'x' WHERE id = %s", sample.pk) == "sample_frozen"
    reopen = (
        "UPDATE grants_sample SET state = 'open', closed_by_id = NULL, closed_at = NULL, conclusion = '' WHERE id = %s"
    )
    assert refused(reopen, sample.pk) == "sample_frozen"
    finding = "UPDATE grants_sampleitem SET outcome = 'minor', note = 'x' WHERE sample_id = %s"
    assert refused(finding, sample.pk) == "sample_frozen"
    # Nobody erases words of a file that was not erased.
    assert refused("UPDATE grants_sampleitem SET note = 'effacé' WHERE sample_id = %s", sample.pk) == "sample_frozen"


def test_what_was_drawn_is_not_the_applications_to_change(world: World, refused: Refused) -> None:
    a_sample(world)
    for statement in (
        "UPDATE grants_sample SET seed = 'x'",
        "UPDATE grants_sample SET strata = '[]'",
        "UPDATE grants_sample SET item_count = 1",
        "UPDATE grants_sample SET side = 'landlord'",
        "UPDATE grants_sampleitem SET cents = 1",
        "UPDATE grants_sampleitem SET position = 9",
        "UPDATE grants_sampleitem SET digest = 'x'",
        "DELETE FROM grants_sample",
        "DELETE FROM grants_sampleitem",
    ):
        assert "permission denied" in str(refused(statement))


def test_nor_the_owners(world: World, owner_cursor: psycopg.Cursor) -> None:
    sample = signed(world)
    for statement, constraint in (
        ("UPDATE grants_sample SET seed = 'x'", "sample_frozen"),
        ("DELETE FROM grants_sampleitem", "sample_frozen"),
        ("DELETE FROM grants_sample", "sample_frozen"),
        ("UPDATE grants_sampleitem SET cents = 1", "sample_drawn_once"),
    ):
        with pytest.raises(psycopg.Error) as error:
            owner_cursor.execute(statement)
        assert error.value.diag.constraint_name == constraint
    drawn = a_sample(world)
    with pytest.raises(psycopg.Error) as error:
        owner_cursor.execute("UPDATE grants_sample SET seed = 'x' WHERE id = %s", [drawn.pk])
    assert error.value.diag.constraint_name == "sample_drawn_once"
    assert Sample.objects.get(pk=sample.pk).seed != "x"


def test_nothing_is_added_to_what_was_drawn(world: World, refused: Refused) -> None:
    sample = a_sample(world)
    add = """
        INSERT INTO grants_sampleitem (
            sample_id, position, stratum, application_id, cents, digest, outcome, at_risk_cents, note
        )
        SELECT sample_id, %s, stratum, %s, cents, digest, '', 0, '' FROM grants_sampleitem WHERE sample_id = %s LIMIT 1
    """
    left = walk.walk_to(world, State.CREDITED).pk
    assert refused(add, 3, left, sample.pk) == "sample_drawn_once"
    assert refused(add, 2, left, sample.pk) == "sample_position_once"
    find_all(sample, world.auditor)
    again = """
        INSERT INTO grants_sample SELECT (jsonb_populate_record(s, '{"id": 999, "number": 9, "state": "signed"}')).*
        FROM grants_sample s WHERE id = %s
    """
    assert refused(again, sample.pk) == "sample_starts_open"


def test_it_is_signed_off_whole_and_by_somebody(world: World, refused: Refused) -> None:
    sample = a_sample(world)
    assert refused(SIGN, "Vu.") == "sample_finished"
    find_all(sample, world.auditor)
    assert refused(SIGN, "") == "sample_closed_whole"


def test_a_finding_is_whole(world: World, refused: Refused) -> None:
    sample = a_sample(world)
    find_all(sample, world.auditor)
    for change, constraint in (
        ("outcome = 'at_risk', at_risk_cents = cents + 1, note = 'x'", "sample_risk_within_amount"),
        ("outcome = 'at_risk', at_risk_cents = 0, note = 'x'", "sample_risk_within_amount"),
        ("outcome = 'minor', at_risk_cents = 1, note = 'x'", "sample_risk_within_amount"),
        ("outcome = 'minor'", "sample_anomaly_is_explained"),
        ("outcome = ''", "sample_finding_whole"),
        ("found_by_id = NULL", "sample_finding_whole"),
    ):
        assert refused("UPDATE grants_sampleitem SET " + change) == constraint  # noqa: S608 - a constant


def test_a_sign_off_waits_for_a_finding_being_typed(
    world: World, connect_as_app: Callable[..., psycopg.Connection]
) -> None:
    """Otherwise a finding could be typed between the look at the sheets and the freeze."""
    sample = a_sample(world)
    find_all(sample, world.auditor)
    typing, signing = connect_as_app(), connect_as_app()
    typing.execute("UPDATE grants_sampleitem SET outcome = 'minor', note = 'x' WHERE sample_id = %s", [sample.pk])
    signing.execute("SET lock_timeout = '100ms'")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        signing.execute(SIGN, ["x"])
    signing.rollback()
    typing.commit()
    signing.execute(SIGN, ["x"])
    signing.commit()
    assert set(sample.items.values_list("outcome", flat=True)) == {"minor"}
