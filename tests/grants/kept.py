"""What the tests of retention share: a file with all that is personal, and what is left of it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from fundadmin.models import User
from grants.actions import retention
from grants.actions.documents import Upload, attach
from grants.actions.erasing import NOBODY
from grants.enums import State
from grants.models import (
    Application,
    Assessment,
    BookedCredit,
    Document,
    EventDetail,
    LandlordFileRow,
    ReliefLine,
)
from landlords.models import Contact, Lease
from tests.factories import OPENED_ON, World, key
from tests.grants import walk

YEARS_2 = OPENED_ON + relativedelta(years=2)
"""The last day on which a file refused on the first day is kept."""
END_OF_10 = date(2030, 12, 31)
"""The same for one credited on the first day, by the end of its accounting year."""


def system() -> User:
    return User.objects.system()


def run(on: date, *, dry: bool = False, **given: Any) -> retention.Report:
    return retention.run(by=system(), dry=dry, on=on, **given)


def full(world: World, state: State, on: date = OPENED_ON) -> Application:
    """A file with all that is personal: facts, a document, a contact, notes."""
    file = walk.draft(world, facts={"headcount": 4, "annual_turnover_cents": 12_345_00}, on=on)
    Contact.objects.create(tenant=file.tenant, name="Une personne", email="personne@exemple.invalid")
    upload = Upload(kind="turnover", name="declaration.pdf", content=b"%PDF-1.4 a figure %%EOF")
    file = attach(application=file, upload=upload, by=world.advisor, key=key(), on=on)
    for step in walk.PATHS[state]:
        file = step(world, file, on)
    return file


def personal(file: Application) -> list[str]:
    """Everything the database still says of the person in a file."""
    row = Application.objects.filter(pk=file.pk).first()
    found = [str(value) for value in EventDetail.objects.filter(event__application=file.pk).values_list("detail")]
    found += list(Document.objects.filter(application=file.pk).values_list("name", flat=True))
    found += [str(versions) for versions in history().filter(pgh_obj_id=file.pk).values_list("facts", "contact_name")]
    found += [str(record) for record in Assessment.objects.filter(application=file.pk).exclude(record={})]
    found += [str(contact) for contact in Contact.objects.filter(tenant=file.tenant_id)]
    found += booked_of(file)
    if row is not None:
        found += [value for value in (row.siren, row.contact_name, row.contact_channel) if value]
        found += [str(row.facts)] if row.facts else []
        found += [row.tenant.legal_name] if row.tenant.legal_name != NOBODY else []
        lines = row.lines.select_related("lease__tenant")
        found += [line.lease.tenant.legal_name for line in lines if line.lease.tenant.legal_name != NOBODY]
        found += [line.voucher_ref for line in lines if line.voucher_ref.startswith("AV")]
    return found


def anywhere(*words: str) -> dict[str, int]:
    """Table -> how many of its rows hold one of the words, in whatever column; of every table of the database."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        for (name,) in cursor.fetchall():
            holds = "EXISTS (SELECT FROM unnest(%s::text[]) word WHERE position(word IN row::text) > 0)"
            cursor.execute(f'SELECT count(*) FROM "{name}" row WHERE {holds}', [list(words)])  # noqa: S608 # a table
            if count := cursor.fetchone()[0]:
                found[name] = count
    return found


def booked_of(file: Application) -> list[str]:
    """What the landlord's files and books say of it. `file` as it was read while its tenant was its own."""
    lines = list(ReliefLine.objects.filter(application=file.pk).values_list("pk", flat=True))
    leases = list(
        Lease.objects.filter(tenant=file.tenant_id).exclude(tenant__legal_name=NOBODY).values_list("pk", flat=True)
    )
    told = LandlordFileRow.objects.filter(Q(lines__overlap=lines) | Q(told__lease_id__in=leases))
    found = [f"{row.told} {row.lines} {row.sentences}" for row in told]
    booked = BookedCredit.objects.filter(Q(relief_line__in=lines) | Q(lease__in=leases)).select_related("lease__tenant")
    found += [
        f"{one.voucher_ref} {one.lease.reference} {one.lease.tenant.legal_name}"
        for one in booked
        if one.lease.tenant.legal_name != NOBODY or one.voucher_ref.startswith("AV")
    ]
    return found


def history() -> Any:
    model: Any = apps.get_model("grants", "ApplicationEvent")
    return model.objects


def clock(monkeypatch: pytest.MonkeyPatch, today: date) -> None:
    """The actions refuse a day in the future, so the future has to come."""
    at = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: at)
