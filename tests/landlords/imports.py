"""Imports of lines given as in a roll, and what a landlord has after them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from landlords.models import Contact, Landlord, Lease, Premises, RentCall, TenantBusiness
from landlords.rent_roll import Report, import_rent_roll
from tests.landlords.rolls import csv_file


def take(folder: Path, owner: Landlord, *lines: dict[str, Any], **options: Any) -> Report:
    """Import the lines, which must be right."""
    report = import_rent_roll(csv_file(folder, *lines), owner, **options)
    assert not report.errors, list(report.as_text())
    return report


def refuse(folder: Path, owner: Landlord, *lines: dict[str, Any]) -> list[tuple[int | None, str]]:
    report = import_rent_roll(csv_file(folder, *lines), owner)
    assert not report.written
    return [(finding.line, finding.code) for finding in report.errors]


def everything(owner: Landlord) -> list[Any]:
    """Every fact recorded for a landlord."""
    tables: Iterator[Any] = iter(
        (
            Premises.objects.filter(landlord=owner),
            TenantBusiness.objects.filter(landlord=owner),
            Contact.objects.filter(tenant__landlord=owner),
            Lease.objects.filter(landlord=owner),
            RentCall.objects.filter(lease__landlord=owner),
        )
    )
    return [list(rows.order_by("pk").values()) for rows in tables]
