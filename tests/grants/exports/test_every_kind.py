"""Every kind in every format: read back it gives the ledger's sums to the cent, now and of a day, whatever names hold.

A kind is in `SUMS` or in `WITHOUT_AMOUNTS`: a new one that is in neither is a failure here.
"""

import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from grants.enums import LineState, State
from grants.exports.asking import complete
from grants.exports.every import EXPORTS
from grants.exports.kinds import ExportKind, Wanted, Written
from grants.exports.pack import verify_pack
from grants.models import Application, ReliefLine
from grants.visibility import reader_of
from tests.factories import OPENED_ON, World
from tests.grants.exports.reading import HELD, cents_of, held_after
from tests.grants.exports.rich_world import LATER, NAMES, by_line, entries, told_world, with_vat, world
from tests.grants.exports.spreadsheets import as_it_was, live_formulas, tables_in

__all__ = ["told_world", "world"]

Row = dict[str, Any]


class Read(NamedTuple):
    """An export as whoever got it has it: its tables, and what was asked."""

    written: Written
    folder: Path
    days: Mapping[str, date]
    tables: Sequence[Sequence[Row]]
    """Of every file, every sheet; without total lines."""

    @property
    def main(self) -> Path:
        return self.folder / self.written.files[0]

    def table_with(self, *headings: str) -> list[Row]:
        """The table that has these columns, under one name or another."""
        (found,) = [table for table in self.tables if table and all(one in table[0] for one in headings)] or [[]]
        return list(found)

    def sum_of(self, heading: str, *others: str) -> int:
        return sum(cents_of(row[heading] or 0) for row in self.table_with(heading, *others))


def sums_of_journal(read: Read, world: World) -> tuple[Any, Any]:
    expected = entries(world, **read.days)
    if read.main.suffix == ".jsonl":
        rows = [json.loads(line) for line in read.main.read_text().split("\n") if line]
        found = [(row["number"], row["kind"], row["amount_cents"]) for row in rows]
    else:
        names = ("number", "kind", "amount") if "number" in read.tables[0][0] else None
        number, kind, amount = names or ("Numéro", "Mouvement (code)", "Montant (EUR)")
        found = [
            (int(row[number]), row[kind], cents_of(row[amount])) for row in read.table_with(number, kind) if row[number]
        ]
    last = entries(world, until=read.days.get("until"), as_at=read.days.get("as_at"))
    held = held_after([{"kind": one.kind, "amount_cents": one.amount_cents} for one in last])
    moved: Counter[str] = Counter()
    for one in expected:
        moved[one.kind] += one.amount_cents
    told = dict(read.written.sums_cents)
    return (
        (found, told),
        (
            [(one.number, one.kind, one.amount_cents) for one in expected],
            {**moved, **{f"{account}_after": held[account] for account in HELD}},
        ),
    )


def sums_of_applications(read: Read, world: World) -> tuple[Any, Any]:
    rows = entries(world)
    names = "approved" in read.tables[0][0]
    labels = ("line_state", "approved", "approved_net", "approved_vat", "approved_gross")
    french = (
        "État de la ligne (code)",
        "Accordé (EUR)",
        "Accordé HT (EUR)",
        "TVA correspondante (EUR)",
        "Accordé TTC (EUR)",
    )
    state, *columns = labels if names else french
    table = read.table_with(state)
    found, expected = {}, {}
    for one, account in ((LineState.APPROVED, "committed"), (LineState.CREDITED, "credited")):
        chosen = [row for row in table if row[state] == one]
        found[account] = [sum(cents_of(row[column]) for row in chosen) for column in columns]
        held = by_line(rows, account)
        expected[account] = [sum(held.values()), *with_vat(held)]
    return (found, len(table)), (expected, ReliefLine.objects.filter(application__fund=world.fund).count())


def sums_of_ageing(read: Read, world: World) -> tuple[Any, Any]:
    held = by_line(entries(world, **read.days), "committed")
    table = read.table_with("Bail", "Mois")
    return (
        (sum(cents_of(row["À imputer"]) for row in table), len(table), read.written.sums_cents["committed"]),
        (sum(held.values()), len(held), sum(held.values())),
    )


def sums_of_fec(read: Read, world: World) -> tuple[Any, Any]:
    text = read.main.read_bytes().decode("iso-8859-15")
    heading, *rows = [line.split("\t") for line in text.removesuffix("\r\n").split("\r\n")]
    lines = [dict(zip(heading, row, strict=True)) for row in rows]
    moved: Counter[str] = Counter()
    for one in lines:
        side = "gross" if one["CompAuxNum"] else "vat" if one["CompteNum"].startswith("445") else "net"
        moved[side] += (cents_of(one["Debit"]) - cents_of(one["Credit"])) * (-1 if side == "gross" else 1)
    expected = with_vat(by_line(entries(world, **read.days), "credited"))
    return (moved["net"], moved["vat"], moved["gross"]), tuple(expected)


def grants(read: Read, world: World) -> dict[str, int]:
    """Application -> what is left of its grant, of those decided in the days asked for."""
    found: Counter[str] = Counter()
    of_then = entries(world, as_at=read.days.get("as_at"))
    for line, cents in by_line(of_then, "granted").items():
        found[line.application.reference] += cents
    decided = {str(one.application): one.value_date for one in of_then if one.kind == "commit"}
    since, until = read.days.get("since", date.min), read.days.get("until", date.max)
    return {file: found[file] for file, day in decided.items() if since <= day <= until}


def sums_of_scdl(read: Read, world: World) -> tuple[Any, Any]:
    table = read.table_with("referenceDecision")
    found = {row["referenceDecision"]: cents_of(row["montant"]) for row in table}
    expected = {file: cents for file, cents in grants(read, world).items() if cents}
    return (found, read.written.sums_cents["published"]), (expected, sum(expected.values()))


def sums_of_register(read: Read, world: World) -> tuple[Any, Any]:
    found = {row["numero_aide"]: cents_of(row["montant_esb"]) for row in read.table_with("numero_aide")}
    expected = grants(read, world)
    return (found, read.written.sums_cents["granted"]), (expected, sum(expected.values()))


def sums_of_pack(read: Read, world: World) -> tuple[Any, Any]:
    rows = entries(world, **read.days)
    with zipfile.ZipFile(read.main) as archive:
        faults = list(map(str, verify_pack.check(verify_pack.Folder(unpacked(archive, read.folder)), "fr").faults))
        totals = {line.split(";")[0]: line.split(";") for line in archive.read("totals.csv").decode().splitlines()}
        lines = [json.loads(line) for line in archive.read("lines.jsonl").decode().split("\n") if line]
    held = held_after([{"kind": one.kind, "amount_cents": one.amount_cents} for one in rows])
    found = {account: int(totals[f"account:{account}"][4]) for account in HELD}
    by_state: Counter[str] = Counter()
    for line in lines:
        by_state[line["state"]] += line["approved_cents"] or 0
    approved = (by_state["approved"], by_state["credited"])
    return (found, approved, faults), (held, (held["committed"], held["credited"]), [])


def unpacked(archive: zipfile.ZipFile, folder: Path) -> Path:
    inside = folder / "inside"
    archive.extractall(inside)
    return inside


def sums_of_letters(read: Read, world: World) -> tuple[Any, Any]:
    """One award is issued: what was committed for its application, VAT included."""
    if read.main.suffix == ".pdf":
        return read.written.rows, 1
    (row,) = read.table_with("montant_centimes")
    committed = [one for one in entries(world) if one.kind == "commit" and str(one.application) == row["dossier"]]
    return int(row["montant_centimes"]), with_vat(by_line(committed, "granted")).gross_cents


def sums_of_schedule(read: Read, world: World) -> tuple[Any, Any]:
    until = read.days.get("until", date.max)
    decided = {one.relief_line: one.value_date for one in entries(world) if one.kind == "commit"}
    held = {line: cents for line, cents in by_line(entries(world), "committed").items() if decided[line] <= until}
    net, vat, gross = (read.sum_of(name, "N° de pièce") for name in ("Montant HT", "Montant TVA", "Montant TTC"))
    return (net, vat, gross), tuple(with_vat(held))


def sums_of_owed(read: Read, world: World) -> tuple[Any, Any]:
    held = by_line(entries(world, **read.days), "committed")
    amounts = ("Montant HT", "Montant TVA", "Montant TTC")
    by_lease = tuple(read.sum_of(name, "SIRET") for name in amounts)
    lines = tuple(read.sum_of(name, "Rubrique") for name in (*amounts, "Selon le journal du fonds"))
    return (by_lease, lines), (tuple(with_vat(held)), (*with_vat(held), sum(held.values())))


def sums_of_reconciliation(read: Read, world: World) -> tuple[Any, Any]:
    held = with_vat(by_line(entries(world, **read.days), "credited")).gross_cents
    credited = read.sum_of("Imputé dans fundadmin, TTC")
    return (credited, read.written.sums_cents["credited_gross"]), (held, held)


SUMS: Final[Mapping[str, Callable[[Read, World], tuple[Any, Any]]]] = {
    "ledger-xlsx": sums_of_journal,
    "ledger-csv": sums_of_journal,
    "ledger-jsonl": sums_of_journal,
    "applications-xlsx": sums_of_applications,
    "applications-csv": sums_of_applications,
    "ageing": sums_of_ageing,
    "fec": sums_of_fec,
    "scdl": sums_of_scdl,
    "deminimis_register": sums_of_register,
    "pack": sums_of_pack,
    "letters": sums_of_letters,
    "credit-schedule": sums_of_schedule,
    "credits-to-issue": sums_of_owed,
    "reconciliation": sums_of_reconciliation,
}
"""Kind -> what its files say, and what the ledger says."""
WITHOUT_AMOUNTS: Final = frozenset({"four-eyes"})
NAMING: Final = EXPORTS.keys() - {"pack", "letters", "ledger-jsonl", "fec"}
"""Their tables name tenants as they are called."""
TENANT: Final = ("tenant", "Entreprise locataire", "Locataire", "nom", "nomBeneficiaire")
HOW: Final = ("format", "separator", "decimal", "bom", "headings", "people")
"""The options that say how a file is written, not what of."""
DAYS: Final[Sequence[dict[str, date]]] = (
    {},
    {"as_at": OPENED_ON},
    {"as_at": LATER},
    {"since": OPENED_ON + timedelta(days=1)},
    {"until": LATER},
    {"since": LATER, "until": LATER},
)


def named_in(read: Read) -> set[str]:
    """The names of tenants, as docs/exports.md says to read them; on one line, as some kinds write them."""
    found = [row[column] for table in read.tables for row in table for column in TENANT if row.get(column)]
    return {" ".join(as_it_was(name).split()) for name in found}


def ways(kind: ExportKind) -> Iterator[dict[str, str]]:
    """The first way in which it is written, and each that differs from it by one answer."""
    options = [option for option in kind.options if option.name in HOW]
    yield {}
    for option in options:
        yield from ({option.name: value} for value, _label in option.choices if value != option.default)


CASES: Final = [
    pytest.param(code, way, days, id=f"{code} {way or ''} {' '.join(f'{n} {d}' for n, d in days.items())}")
    for code, kind in EXPORTS.items()
    for way, days in [*product(ways(kind), DAYS[:1]), *product([{}], DAYS[1:])]
    if set(days) <= kind.dates
]


def read_back(kind: ExportKind, world: World, folder: Path, days: Mapping[str, date], way: Mapping[str, str]) -> Read:
    """As the landlord's manager gets it."""
    asked: Any = {"fund": world.fund, "reader": reader_of(world.manager, world.fund.pk), "options": way, **days}
    written = kind.write(complete(kind, Wanted(**asked)), folder, lambda _done, _of_all: None)
    return Read(written, folder, days, [table for name in written.files for table in tables_in(folder / name)])


@pytest.mark.parametrize(("code", "way", "days"), CASES)
def test_read_back_it_gives_the_ledgers_sums(
    code: str, way: dict[str, str], days: dict[str, date], world: World, tmp_path: Path
) -> None:
    read = read_back(EXPORTS[code], world, tmp_path, days, way)
    assert [formula for name in read.written.files for formula in live_formulas(tmp_path / name)] == []
    assert not read.tables or read.written.rows in map(len, read.tables)
    assert named_in(read) <= {" ".join(name.split()) for name in NAMES}
    assert bool(named_in(read)) is (code in NAMING)
    if code in WITHOUT_AMOUNTS:
        filed = Application.objects.filter(fund=world.fund).exclude(state=State.DRAFT)
        assert read.written.rows == len(read.table_with("Dossier")) == filed.count()
        return
    found, expected = SUMS[code](read, world)
    assert found == expected


def test_every_kind_is_compared() -> None:
    assert SUMS.keys() | WITHOUT_AMOUNTS == EXPORTS.keys()
