"""As at a day, tenants, leases, premises and regimes are called as they were at its end, whatever was renamed since."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grants import ledger
from grants.enums import State
from grants.exports.credits_to_issue import CREDITS_TO_ISSUE
from grants.exports.kinds import ExportKind
from grants.exports.reconciliation import RECONCILIATION
from grants.reconciling.names import end_of
from grants.reconciling.owed import owed_at
from grants.reconciling.vouchers import reconcile
from landlords.enums import VatRegime
from landlords.models import Lease, Premises, RentCall, TenantBusiness
from tests import factories_landlords
from tests.factories import World, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.reconciling.papers import written
from tests.grants.reconciling.test_accounts import credited_world, row, seen

pytestmark = pytest.mark.django_db
DAY = date(2020, 6, 30)


def rename(name: str) -> None:
    """All that has a name is called otherwise from this very moment on."""
    TenantBusiness.objects.update(legal_name=f"SARL {name}", siret=None)
    for premises in Premises.objects.all():
        Premises.objects.filter(pk=premises.pk).update(reference=f"L-{name}-{premises.pk}")
    for lease in Lease.objects.all():
        Lease.objects.filter(pk=lease.pk).update(reference=f"B-{name}-{lease.pk}", vat_regime=VatRegime.DEBITS)
    RentCall.objects.update(regime=VatRegime.RECEIPTS)


def said(kind: ExportKind, world: World, folder: Path, day: date = DAY) -> str:
    folder.mkdir()
    made = written(kind, world, folder, as_at=day, format="csv")
    return "\n".join((folder / name).read_text("utf-8-sig") for name in made.files)


def owed_world() -> World:
    world = open_fund()
    walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world, reference="B1"))
    return world


def seen_world() -> World:
    world = credited_world("B1", "B2")
    seen(world, row(), row(**{"Réf. bail": "B2"}), row(Pièce="AV-9"))
    return world


@pytest.mark.parametrize(("kind", "made"), [(CREDITS_TO_ISSUE, owed_world), (RECONCILIATION, seen_world)])
def test_renamed_afterwards_it_reads_as_before(kind: ExportKind, made: Any, tmp_path: Path) -> None:
    world = made()
    before = said(kind, world, tmp_path / "before")
    assert "B1" in before
    rename("NEUF")
    rename("ENCORE")
    assert said(kind, world, tmp_path / "after") == before
    now = said(kind, world, tmp_path / "now", ledger.today())
    assert "ENCORE" in now
    assert "B1" not in now


def test_the_day_ends_at_midnight_in_paris() -> None:
    assert end_of(DAY) == datetime(2020, 6, 30, 22, tzinfo=UTC)


def test_the_premises_and_the_calls_of_then() -> None:
    world = open_fund()
    lease = tenant_with_lease(world, reference="B1", months=[])
    factories_landlords.rent_call(lease=lease, month=date(2020, 4, 1), regime=VatRegime.RECEIPTS)
    walk.walk_to(world, State.APPROVED, lease=lease)
    premises = lease.premises.reference
    Lease.objects.filter(pk=lease.pk).update(premises=factories_landlords.premises(landlord=world.landlord))
    lease.rent_calls.all().delete()
    (then,) = owed_at(world.fund, DAY).leases
    assert (then.lease.premises.reference, then.regimes) == (premises, [VatRegime.RECEIPTS])
    (now,) = owed_at(world.fund).leases
    assert now.lease.premises.reference != premises
    assert now.regimes == [VatRegime.EXEMPT]


def test_a_version_is_dated_when_it_is_replaced_and_two_in_one_transaction_differ() -> None:
    """By the transaction's start both would have held until the same instant, and before entries posted meanwhile."""
    tenant = factories_landlords.tenant(legal_name="PREMIER")
    began = datetime.now(UTC)
    for name in ("DEUXIÈME", "TROISIÈME"):
        TenantBusiness.objects.filter(pk=tenant.pk).update(legal_name=name)
    history: Any = apps.get_model("landlords", "TenantBusinessEvent")
    versions = list(history.objects.filter(pgh_obj_id=tenant.pk).order_by("pgh_created_at"))
    assert [one.legal_name for one in versions] == ["PREMIER", "DEUXIÈME"]
    assert began < versions[0].pgh_created_at < versions[1].pgh_created_at


def test_as_many_queries_for_three_as_for_one() -> None:
    counts = []
    for references in (("B1",), ("B1", "B2", "B3")):
        world = credited_world(*references)
        for _ in references:
            walk.walk_to(world, State.APPROVED)
        rename("NEUF")
        with CaptureQueriesContext(connection) as queries:
            owed_at(world.refresh(), DAY)
            reconcile(world.fund, DAY)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] == 15
