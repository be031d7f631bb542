"""A fund with something of everything for the exports, whose names are the worst that can be stored: read only."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, Final

import pytest
from django.db import transaction

from fundadmin.models import User
from grants.actions import crediting, reversal
from grants.enums import Action, AidRegime, LedgerKind, LineState, RequestKind, State
from grants.models import Application, ExportSettings, Fund, LedgerEntry
from grants.money import Split, split
from landlords.enums import Component, VatRegime
from landlords.models import Lease
from tests import factories_landlords
from tests.factories import OPENED_ON, World, key, open_fund
from tests.grants import walk
from tests.grants.letters.looks import issued

LATER: Final = OPENED_ON + timedelta(days=40)
LAST: Final = OPENED_ON + timedelta(days=60)
GRANTOR: Final = "73282932000074"
NAMES: Final = (
    'Chez "Léa" ; fils, et Cie | SARL',
    "=1+1",
    "@SUM(A1)",
    "+33 3 44 00 00 00",
    "-2+3+cmd|' /C calc'!A0",
    "\t=1+1\tdeux\r\nlignes\n",
    "\uff1d1+1",
    "'=1+1",
    "\u202e\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd\u202c \u0634\u0631\u0643\u0629",
    "Boulangerie 🥐 Łódź ŒUVRE €",
    "x" * 200,
    "\x01\x02\x1f\x7f\u200b=1",
    "\ufffe\uffff_x0041_",
    "\u2212\u2013=1",
)
"""Of tenants; with a number, of leases."""
NO_OTHER_AID: Final[dict[str, Any]] = {"de_minimis_aids": []}


@pytest.fixture(scope="module")
def told_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once; whatever is written to it goes with it."""
    block: Any = transaction.atomic()
    block._from_testcase = True  # conftest.py runs what is to be done on commit
    with django_db_blocker.unblock(), block:
        yield story()
        transaction.set_rollback(True)


@pytest.fixture
def world(db: None, told_world: World) -> World:
    return told_world


def story() -> World:
    """Every kind of movement but the withdrawal of an endowment, on three days; VAT; a letter; who has a bad name."""
    landlord = factories_landlords.landlord(name='=1+1;\t"&" ' + "L" * 180)
    world = open_fund(landlord=landlord, aid_regime=AidRegime.DE_MINIMIS_2013)
    given = {"scdl_on": True, "scdl_siret": GRANTOR, "scdl_minimum_cents": 0, "journal_label": "@JOURNAL =1"}
    ExportSettings.objects.create(fund=world.fund, **given)
    User.objects.filter(pk=world.payer.pk).update(full_name="=1+1")
    Fund.objects.filter(pk=world.fund.pk).update(name="@fonds\n;=1 " + "F" * 180)
    world.refresh()
    leases = [lease(world, number, name) for number, name in enumerate(NAMES)]
    reached = [State.CREDITED, State.CREDITED, State.APPROVED, State.CREDITED, State.CREDITED, State.CANCELLED]
    days = [OPENED_ON, OPENED_ON, OPENED_ON, LATER]
    files = [
        walk_to(world, one, state, day)
        for one, state, day in zip(
            leases,
            [*reached, State.ELIGIBLE, State.REJECTED, *[State.APPROVED] * 6],
            [*days, *[LATER] * 10],
            strict=True,
        )
    ]
    issued(world, files[1], Action.APPROVE, on=LATER)
    walk.reverse(world, files[0], LAST)
    undo = walk.ask_undo(world, files[3], LAST, kind=RequestKind.UNCREDIT)
    reversal.reverse(request=undo, by=world.approver2, key=key(), on=LAST)
    return world


def lease(world: World, number: int, name: str) -> Lease:
    """Two months for the first ones, one for the others; every other with VAT, at odd amounts."""
    tenant = factories_landlords.tenant(landlord=world.landlord, legal_name=name)
    has_vat = number % 2 == 0
    made = factories_landlords.lease(
        landlord=world.landlord,
        tenant=tenant,
        reference=f"{name[:50]}-{number}",
        vat_regime=VatRegime.DEBITS if has_vat else VatRegime.EXEMPT,
    )
    for month in (date(2020, 3, 1), date(2020, 4, 1))[: 2 if number < 4 else 1]:
        for component, cents in ((Component.RENT, 333_33 + number), (Component.CHARGES, 20_01)):
            vat = split(cents, 2000 if has_vat else 0, is_gross=False).vat_cents
            factories_landlords.rent_call(
                lease=made, month=month, component=component, net_cents=cents, vat_cents=vat,
                vat_rate_bp=2000 if has_vat else 0,
            )  # fmt: skip
    return made


def walk_to(world: World, one: Lease, state: State, day: date) -> Application:
    credited = state == State.CREDITED
    file = walk.walk_to(world, State.APPROVED if credited else state, lease=one, on=day, facts=NO_OTHER_AID)
    if not credited:
        return file
    piece = walk.voucher(day, ref=f"{one.tenant.legal_name[:40]}-{file.pk}".replace("\t", " ").strip())
    lines = walk.line_ids(file, LineState.APPROVED)
    return crediting.credit(application=file, lines=lines, voucher=piece, by=world.payer, key=key(), on=day)


def entries(
    world: World, *, since: date | None = None, until: date | None = None, as_at: date | None = None
) -> list[LedgerEntry]:
    """Those of some value dates, straight from the ledger."""
    rows = LedgerEntry.objects.filter(fund=world.fund).select_related("relief_line", "application")
    last = min((day for day in (until, as_at) if day), default=date.max)
    return [row for row in rows.order_by("number") if (since or date.min) <= row.value_date <= last]


SIGNS: Final[dict[str, dict[str, int]]] = {
    "committed": {"commit": 1, "decommit": -1, "credit": -1, "uncredit": 1},
    "credited": {"credit": 1, "uncredit": -1, "reverse": -1},
    "granted": {"commit": 1, "decommit": -1, "reverse": -1},
}


def by_line(rows: Iterable[LedgerEntry], account: str) -> dict[Any, int]:
    """Relief line -> what the movements leave in an account, where they leave something."""
    held: dict[Any, int] = {}
    for row in rows:
        sign = SIGNS[account].get(LedgerKind(row.kind), 0)
        if sign:
            held[row.relief_line] = held.get(row.relief_line, 0) + sign * row.amount_cents
    return {line: cents for line, cents in held.items() if cents}


def with_vat(held: dict[Any, int]) -> Split:
    """Net, VAT and gross of lines' net amounts, line by line."""
    parts = [split(cents, line.vat_rate_bp, is_gross=False) for line, cents in held.items()]
    return Split(*(sum(column) for column in zip(*parts, strict=True))) if parts else Split(0, 0, 0)
