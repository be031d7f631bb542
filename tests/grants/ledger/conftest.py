"""A fund to post to: valid rows of the tables that ledger entries name."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation

from fundadmin.models import User
from grants import ledger
from grants.enums import LedgerKind
from grants.ledger import LedgerEntry, Movement
from grants.models import Application, Charter, Event, Fund, ReliefLine
from landlords.enums import Component
from tests import factories_landlords as landlords
from tests.factories import confirm_directly

DAY = date(2020, 5, 5)
NOON = datetime(2020, 5, 5, 12, tzinfo=UTC)
CEILING = 40_000_00

_numbers = itertools.count(1)


@dataclass
class Book:
    """A fund with a confirmed charter, one event and one relief line."""

    fund: Fund
    charter: Charter
    event: Event
    line: ReliefLine

    def move(self, kind: LedgerKind, cents: int, reverses: LedgerEntry | None = None) -> Movement:
        if kind in {LedgerKind.ENDOW, LedgerKind.WITHDRAW_ENDOWMENT}:
            return Movement(kind, cents)
        return Movement(
            kind,
            cents,
            relief_line_id=self.line.pk,
            application_id=self.line.application_id,
            reverses_id=reverses and reverses.pk,
        )

    def post(self, *movements: Movement, on: date = DAY, **named: Any) -> list[LedgerEntry]:
        with transaction.atomic():
            return ledger.post(ledger.lock(self.fund.pk), movements, **self.stamps(on=on) | named)

    def stamps(self, on: date = DAY) -> dict[str, Any]:
        return {
            "event_id": self.event.pk,
            "charter_id": self.charter.pk,
            "charter_version": self.charter.version,
            "value_date": on,
            "posted_at": NOON,
        }

    def fill(self) -> list[LedgerEntry]:
        """Seven entries over three days: endowed 30 000, and of one line 1 000 credited, undone, credited, reversed."""
        endow, reserve = self.post(self.move(LedgerKind.ENDOW, 30_000_00), self.move(LedgerKind.RESERVE, 1_000_00))
        commit, credit = self.post(
            self.move(LedgerKind.COMMIT, 1_000_00), self.move(LedgerKind.CREDIT, 1_000_00), on=date(2020, 5, 7)
        )
        [uncredit] = self.post(self.move(LedgerKind.UNCREDIT, 1_000_00, credit), on=date(2020, 5, 9))
        [again] = self.post(self.move(LedgerKind.CREDIT, 1_000_00), on=date(2020, 5, 9))
        [reverse] = self.post(self.move(LedgerKind.REVERSE, 1_000_00, again), on=date(2020, 5, 9))
        return [endow, reserve, commit, credit, uncredit, again, reverse]


def add_charter(fund: Fund, version: int, *, ceiling_cents: int = CEILING, confirmed_on: date | None = DAY) -> Charter:
    charter = Charter.objects.create(
        fund=fund,
        version=version,
        signed_on=DAY,
        starts_on=DAY,
        ends_on=date(2020, 12, 31),
        filing_deadline=date(2020, 10, 31),
        first_month=date(2020, 3, 1),
        last_month=date(2020, 6, 1),
        ceiling_cents=ceiling_cents,
        components=[Component.RENT],
    )
    return confirm_directly(charter, confirmed_on, NOON) if confirmed_on else charter


def add_line(fund: Fund, charter: Charter) -> ReliefLine:
    lease = landlords.lease(landlord=fund.landlord)
    application = Application.objects.create(
        reference=f"{fund.code}/{next(_numbers)}",
        fund=fund,
        charter=charter,
        tenant=lease.tenant,
        advisor=User.objects.system(),
    )
    return ReliefLine.objects.create(
        application=application,
        lease=lease,
        premises=lease.premises,
        month=date(2020, 4, 1),
        component=Component.RENT,
        asked_cents=1_000_00,
    )


def add_event(fund: Fund) -> Event:
    return Event.objects.create(
        fund=fund,
        user=User.objects.system(),
        action="endow",
        on=DAY,
        at=NOON,
        key=f"key-{next(_numbers)}",
        request_hash="",
    )


def open_book(*, ceiling_cents: int = CEILING) -> Book:
    fund = Fund.objects.create(code=f"fonds-{next(_numbers)}", name="Fonds inventé", landlord=landlords.landlord())
    charter = add_charter(fund, 1, ceiling_cents=ceiling_cents)
    return Book(fund, charter, add_event(fund), add_line(fund, charter))


@pytest.fixture
def new_book() -> Callable[..., Book]:
    return open_book


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


@pytest.fixture
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield
