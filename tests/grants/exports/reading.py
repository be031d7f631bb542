"""Exports read back, as whoever gets them would."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from grants.enums import LEDGER_ROUTES, Account, LedgerKind
from grants.exports.asking import complete
from grants.exports.kinds import ExportKind, Wanted, Written
from grants.ledger.canonical import canonical_text, digest, genesis
from grants.visibility import reader_of
from tests.factories import World

HELD = ("available", "reserved", "committed", "credited")


def write(kind: ExportKind, world: World, folder: Path, *, by: str = "auditor", **asked: Any) -> tuple[Written, Path]:
    """A kind's own file, with its defaults filled in."""
    folder.mkdir(exist_ok=True)
    reader = reader_of(world.people[by], world.fund.pk)
    wanted = complete(kind, Wanted(**{"fund": world.fund, "reader": reader} | asked))
    written = kind.write(wanted, folder, lambda _done, _of_all: None)
    return written, folder / written.files[0]


def csv_rows(path: Path, *, separator: str = ";", bom: bool = True) -> list[dict[str, str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") is bom
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


def cents_of(value: Any) -> int:
    text = str(value)
    return int((Decimal(text.replace(",", ".")) * 100).to_integral_value())


def entries_of(path: Path) -> list[dict[str, Any]]:
    """The entries of any of the formats, in cents, by their technical names."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    if path.suffix == ".csv":
        rows: Iterable[Mapping[str, Any]] = csv_rows(path)
    else:
        _totals, sheet = load_workbook(path).worksheets
        heading, *lines = sheet.iter_rows(values_only=True)
        rows = [dict(zip(map(str, heading), line, strict=True)) for line in lines]
    return [
        {
            "number": int(row["Numéro"]),
            "kind": row["Mouvement (code)"],
            "amount_cents": cents_of(row["Montant (EUR)"]),
            **{
                f"{account}_after_cents": cents_of(row[f"{label} ensuite (EUR)"])
                for account, label in zip(HELD, ("Disponible", "Réservé", "Engagé", "Imputé"), strict=True)
            },
            "digest": row["Empreinte"],
        }
        for row in rows
    ]


def held_after(entries: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """What the accounts hold by the movements alone."""
    held = dict.fromkeys(Account, 0)
    for entry in entries:
        source, target = LEDGER_ROUTES[LedgerKind(entry["kind"])]
        held[source] -= entry["amount_cents"]
        held[target] += entry["amount_cents"]
    return {account: held[Account(account)] for account in HELD}


def broken_digests(fund_code: str, rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """The entries of a JSON-lines journal whose digest isn't that of their fields and of the digest before."""
    previous, wrong = genesis(fund_code), []
    for row in rows:
        text = canonical_text(
            **{name: row[name] for name in ("number", "kind", "source", "target", "amount_cents", "charter_version")},
            event_id=row["event_key"],
            application_id=row["application_key"],
            relief_line_id=row["relief_line_key"],
            value_date=date.fromisoformat(row["value_date"]),
            posted_at=datetime.fromisoformat(row["posted_at"]),
            reverses_number=row["reverses"],
            **{f"{account}_after": row[f"{account}_after_cents"] for account in HELD},
        )
        if digest(text, previous) != row["digest"]:
            wrong.append(row["number"])
        previous = row["digest"]
    return wrong
