"""Any rent roll, written in any dialect, is read as what it says."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from landlords.enums import Component, Periodicity, VatRegime
from landlords.rent_roll.dates import last_of_month, quarter_from
from landlords.rent_roll.lines import Call
from tests.factories_landlords import valid_siret
from tests.landlords.rolls import Parsed, csv_bytes

REGIMES = {VatRegime.EXEMPT: "Exonéré", VatRegime.RECEIPTS: "TVA sur encaissements", VatRegime.DEBITS: "Débits"}
MONTH_NAMES = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
    *("septembre", "octobre", "novembre", "décembre"),
)
# Letters that Windows-1252 has, with what breaks CSV files: quotes, delimiters, line ends.
names = (
    st.text(st.sampled_from("ABCéèçÀœŒ€ '\"&;,\t\n-.ß"), max_size=20)
    .map(lambda text: "Zoé " + " ".join(text.split()))
    .map(str.strip)
)
cents = st.integers(0, 99_999_99)


@dataclass(frozen=True)
class Written:
    """What one line says, apart from how it is written."""

    reference: str
    name: str
    siret: int | None
    headcount: int | None
    starts_on: datetime.date
    month: datetime.date
    quarterly: bool
    regime: VatRegime
    rate_bp: int
    rent: int
    charges: int | None

    @property
    def period(self) -> tuple[datetime.date, datetime.date]:
        end = quarter_from(self.month).end if self.quarterly else last_of_month(self.month)
        return self.month, end


@st.composite
def lines(draw: st.DrawFn) -> list[Written]:
    written = []
    for number in range(draw(st.integers(1, 6))):
        quarterly = draw(st.booleans())
        month = datetime.date(
            draw(st.integers(1990, 2039)), draw(st.sampled_from((1, 4, 7, 10) if quarterly else range(1, 13))), 1
        )
        regime = draw(st.sampled_from(VatRegime))
        written.append(
            Written(
                reference=f"B-{number}",
                name=draw(names),
                siret=draw(st.none() | st.integers(0, 9_999_999)),
                headcount=draw(st.none() | st.integers(0, 500)),
                starts_on=draw(st.dates(datetime.date(1970, 1, 1), datetime.date(1989, 12, 31))),
                month=month,
                quarterly=quarterly,
                regime=regime,
                rate_bp=0 if regime == VatRegime.EXEMPT else draw(st.sampled_from([2000, 1000, 850, 550, 210])),
                rent=draw(cents),
                charges=draw(st.none() | cents),
            )
        )
    return written


def amount_forms(amount: int) -> list[str]:
    euros, rest = divmod(amount, 100)
    grouped = f"{euros:,}"
    return [
        f"{euros},{rest:02d}",
        f"{euros}.{rest:02d}",
        *(grouped.replace(",", gap) + f",{rest:02d} €" for gap in (" ", "\N{NO-BREAK SPACE}")),
        grouped.replace(",", ".") + f",{rest:02d}",
    ]


def date_forms(day: datetime.date) -> list[str]:
    return [day.strftime("%d/%m/%Y"), day.isoformat(), f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"]


def period_forms(line: Written) -> list[str]:
    if line.quarterly:
        quarter = (line.month.month + 2) // 3
        return [f"T{quarter} {line.month.year}", f"{quarter}T{line.month.year}", f"{line.month.year}-T{quarter}"]
    return [f"{line.month:%m/%Y}", f"{line.month:%Y-%m}", f"{MONTH_NAMES[line.month.month - 1]} {line.month.year}"]


def siret_forms(number: int | None) -> list[str]:
    if number is None:
        return ["", "-", "néant"]
    siret = valid_siret(number)
    return [siret, f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}", f"{siret[:9]}\N{NO-BREAK SPACE}{siret[9:]}"]


def cells(line: Written, choose: Callable[[list[str]], str]) -> dict[str, str]:
    """Write a line under each heading in one of the ways people do."""
    rate = f"{line.rate_bp / 100:g}".replace(".", ",")
    return {
        choose(["Réf. bail", "N° DE BAIL", "contrat"]): line.reference,
        choose(["Réf. local", "Lot"]): "L1",
        choose(["Raison sociale", "PRENEUR", "Nom du locataire"]): line.name,
        choose(["SIRET", "N° Siret"]): choose(siret_forms(line.siret)),
        choose(["Effectif", "Nombre de salariés"]): "" if line.headcount is None else str(line.headcount),
        choose(["Date de début du bail", "Entrée", "Date d'effet"]): choose(date_forms(line.starts_on)),
        choose(["Période", "Échéance"]): choose(period_forms(line)),
        choose(["Régime TVA", "régime de tva"]): choose([REGIMES[line.regime], REGIMES[line.regime].upper()]),
        choose(["Taux TVA", "TVA %"]): choose([rate, f"{rate} %"]),
        choose(["Loyer HT", "LOYER (€)", "Loyer hors charges"]): choose(amount_forms(line.rent)),
        choose(["Provisions sur charges", "Charges"]): ""
        if line.charges is None
        else choose(amount_forms(line.charges)),
    }


def expected_calls(line: Written) -> list[Call]:
    nets = {Component.RENT: line.rent, Component.CHARGES: line.charges}
    return [
        Call(component, *line.period, None, net, line.rate_bp, (net * line.rate_bp + 5_000) // 10_000, line.regime)
        for component, net in nets.items()
        if net is not None
    ]


def assert_says(roll: Parsed, written: list[Written]) -> None:
    assert roll.codes == []
    assert [line.lease_reference for line in roll.lines] == [line.reference for line in written]
    for read, line in zip(roll.lines, written, strict=True):
        assert read.siret == (None if line.siret is None else valid_siret(line.siret))
        assert read.tenant["legal_name"] == line.name
        assert read.tenant.get("headcount") == line.headcount
        assert read.lease["starts_on"] == line.starts_on
        assert read.lease["vat_regime"] == line.regime
        assert read.assumed["periodicity"] == (Periodicity.QUARTERLY if line.quarterly else Periodicity.MONTHLY)
        assert read.calls == expected_calls(line)


@settings(deadline=None)
@given(
    lines(),
    st.tuples(
        st.sampled_from([";", ",", "\t"]),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
        st.sampled_from(["\n", "\r\n"]),
    ),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_any_csv(written: list[Written], dialect: tuple[str, str, str], titles: int, random: Any) -> None:
    first = cells(written[0], random.choice)
    header = list(first)
    random.shuffle(header)
    rows = [[f"État locatif, page {n}"] for n in range(titles)] + [header]
    for line in written:
        # The headings are the file's, the writing each line's own.
        again = dict(zip(first, cells(line, random.choice).values(), strict=True))
        rows.append([again[heading] for heading in header])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roll.csv"
        path.write_bytes(csv_bytes(rows, *dialect))
        assert_says(Parsed(path), written)


@settings(deadline=None)
@given(lines(), st.booleans())
def test_any_workbook(written: list[Written], typed: bool) -> None:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet()
    for number, line in enumerate(written):
        texts = cells(line, lambda forms: forms[0])
        values: dict[str, Any] = dict(texts)
        if typed:
            values |= {
                "SIRET": None if line.siret is None else int(valid_siret(line.siret)),
                "Effectif": line.headcount,
                "Date de début du bail": line.starts_on,
                "Période": texts["Période"] if line.quarterly else line.month,
                "Taux TVA": line.rate_bp / 10_000,
                "Loyer HT": line.rent / 100,
                "Provisions sur charges": None if line.charges is None else line.charges / 100,
            }
        if number == 0:
            sheet.append(list(values))
        sheet.append(list(values.values()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roll.xlsx"
        workbook.save(path)
        assert_says(Parsed(path), written)
