"""Files between us and the landlord's accountant: ours as they are exported, theirs as an accountant makes them."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from fundadmin.models import User
from grants.actions.confirmations import Sent, confirm, hand_in
from grants.enums import ReliefForm
from grants.exports.kinds import ExportKind, Wanted, Written
from grants.models import LandlordFile
from grants.visibility import reader_of
from tests.factories import World, key

VOUCHER, DATED = "N° de pièce", "Date de la pièce"
Row = dict[str, Any]


def written(kind: ExportKind, world: World, folder: Path, *, by: User | None = None, **wanted: Any) -> Written:
    """The export as the payer gets it. `wanted`: its dates, and its options by name."""
    dates = {name: wanted.pop(name) for name in ("since", "until", "as_at") if name in wanted}
    reader = reader_of(by or world.payer, world.fund.pk)
    return kind.write(
        Wanted(fund=world.refresh(), reader=reader, options=wanted, **dates), folder, lambda _done, _all: None
    )


def csv_rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))


def csv_dicts(path: Path) -> list[Row]:
    head, *rows = csv_rows(path)
    return [dict(zip(head, row, strict=True)) for row in rows]


def as_csv(rows: Sequence[Row], delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    """Rows with the headings of them all, in the order met."""
    head = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([head, *([row.get(name, "") for name in head] for row in rows)])
    return text.getvalue().encode(encoding)


def sheet_rows(path: Path, name: str) -> list[list[Any]]:
    return [list(row) for row in openpyxl.load_workbook(path)[name].iter_rows(values_only=True)]


def fill_in(path: Path, vouchers: Callable[[Row], tuple[Any, Any]]) -> bytes:
    """A workbook of ours with its vouchers typed in, as somebody does who opens and saves it."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    head = {str(cell.value): cell.column for cell in sheet[1]}
    for cells in sheet.iter_rows(min_row=2):
        row = {name: cells[column - 1].value for name, column in head.items()}
        if row["Identifiant de ligne (ne pas modifier)"]:
            for name, value in zip((VOUCHER, DATED), vouchers(row), strict=True):
                sheet.cell(cells[0].row, head[name], value)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def notes(world: World, content: bytes, *, name: str = "avoirs.csv", by: User | None = None) -> LandlordFile:
    """Hand in a file of posted credit notes."""
    sent = Sent(LandlordFile.Kind.CREDIT_NOTES, name, content, ReliefForm.CREDIT_NOTE)
    return hand_in(fund=world.fund, sent=sent, by=by or world.payer, key=key())


def account(world: World, content: bytes, *, name: str = "compte.csv", by: User | None = None) -> LandlordFile:
    """Hand in an extract of tenants' accounts."""
    sent = Sent(LandlordFile.Kind.ACCOUNT, name, content)
    return hand_in(fund=world.fund, sent=sent, by=by or world.payer, key=key())


def confirmed(file: LandlordFile, by: User) -> LandlordFile:
    return confirm(file=file, digest=file.sha256, by=by)


def states(file: LandlordFile) -> list[str]:
    return list(file.rows.order_by("line").values_list("state", flat=True))


def said(file: LandlordFile) -> list[str]:
    return [" ".join(sentences) for sentences in file.rows.order_by("line").values_list("sentences", flat=True)]


def codes(file: LandlordFile) -> list[str]:
    return [" ".join(found) for found in file.rows.order_by("line").values_list("codes", flat=True)]
