"""What the database itself refuses of a charter, so that a ceiling can't be moved by anybody's SQL."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import IntegrityError, transaction

from grants.models import Charter, CharterCriterion, Fund
from tests.factories import OPENED_ON, World, charter_terms, open_fund

pytestmark = pytest.mark.django_db(transaction=True)


def refused(connection: psycopg.Connection, statement: str, *parameters: object) -> str | None:
    """The constraint that refuses a statement of the application's role, its switchable triggers switched off."""
    with connection.cursor() as cursor:
        names = cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'").fetchall()
        switched_off = "{" + ",".join(name for (name,) in names) + "}"
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [switched_off])
        with pytest.raises(psycopg.errors.IntegrityError) as error:
            cursor.execute(statement, parameters)
        connection.rollback()
    return error.value.diag.constraint_name


@pytest.fixture
def app(connect_as_app: Callable[..., psycopg.Connection]) -> psycopg.Connection:
    return connect_as_app()


@pytest.fixture
def world() -> World:
    return open_fund()


def test_a_confirmed_charter_never_changes(app: psycopg.Connection, world: World) -> None:
    pk = world.charter.pk
    assert refused(app, "UPDATE grants_charter SET ceiling_cents = 10 ^ 12 WHERE id = %s", pk) == "charter_frozen"
    assert refused(app, "UPDATE grants_charter SET confirmed_at = NULL WHERE id = %s", pk) == "charter_frozen"
    assert refused(app, "DELETE FROM grants_charter WHERE id = %s", pk) == "charter_frozen"


def test_one_person_confirms_no_charter(app: psycopg.Connection, world: World) -> None:
    terms = charter_terms(ceiling_cents=10**12)
    draft = Charter.objects.create(fund=world.fund, version=2, **terms)
    confirm = "UPDATE grants_charter SET confirmed_at = now(), confirmed_on = now() WHERE id = %s"
    assert refused(app, confirm, draft.pk) == "charter_confirmed_by_two"
    born_confirmed = Charter(
        fund=world.fund, version=3, confirmed_on=OPENED_ON, confirmed_at=world.charter.confirmed_at, **terms
    )
    with pytest.raises(IntegrityError, match="two people"), transaction.atomic():
        born_confirmed.save()
    assert world.refresh().position.ceiling_cents == 40_000_00


def test_the_criteria_of_a_confirmed_charter_never_change(app: psycopg.Connection, world: World) -> None:
    add = (
        "INSERT INTO grants_chartercriterion (charter_id, position, code, parameters, article)"
        " VALUES (%s, 9, 'headcount', '{}', '')"
    )
    assert refused(app, add, world.charter.pk) == "criterion_frozen"
    draft = Charter.objects.create(fund=world.fund, version=2, **charter_terms())
    criterion = CharterCriterion.objects.create(charter=draft, position=1, code="headcount")
    move = "UPDATE grants_chartercriterion SET charter_id = %s WHERE id = %s"
    assert refused(app, move, world.charter.pk, criterion.pk) == "criterion_frozen"
    criterion.delete()
    assert not draft.criteria.exists()


@pytest.mark.parametrize("until", [None, "2020-05-30"])
def test_books_once_closed_stay_closed(app: psycopg.Connection, world: World, until: str | None) -> None:
    Fund.objects.filter(pk=world.fund.pk).update(closed_until="2020-05-31")
    reopen = "UPDATE grants_fund SET closed_until = %s WHERE id = %s"
    assert refused(app, reopen, until, world.fund.pk) == "books_stay_closed"
