"""A FEC as it has to be, invented, and ways to spoil it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from grants.fec import COLUMNS, Report, check_file
from grants.fec.description import WORDS

NAME = "732829320FEC20201231.txt"
NAMES = [column.name for column in COLUMNS]
PLACE = {name: place for place, name in enumerate(NAMES)}
DEBIT, CREDIT = PLACE["Debit"], PLACE["Credit"]


def line(number: int, account: str, debit: str = "0,00", credit: str = "0,00", **changed: str) -> list[str]:
    """One line; that of the tenant's account names the tenant."""
    auxiliary = {"CompAuxNum": "73282932000074", "CompAuxLib": "Salon Léa & fils"} if account == "411" else {}
    values: Mapping[str, str] = {
        "JournalCode": "ALG",
        "JournalLib": "Allègements",
        "EcritureNum": str(number),
        "EcritureDate": f"202006{number:02d}",
        "CompteNum": account,
        "CompteLib": "Remises accordées",
        "PieceRef": f"AV-2020-{number:03d}",
        "PieceDate": f"202006{number:02d}",
        "EcritureLib": "Allègement loyer avril 2020 bail B-0017",
        "Debit": debit,
        "Credit": credit,
        "ValidDate": f"202006{number:02d}",
        **auxiliary,
        **changed,
    }
    return [values.get(name, "") for name in NAMES]


def good_lines() -> list[list[str]]:
    """Three entries: with VAT, exempt, and the reversal of the second."""
    return [
        line(1, "709", debit="450,00"),
        line(1, "44571", debit="90,00"),
        line(1, "411", credit="540,00"),
        line(2, "709", debit="1200,50"),
        line(2, "411", credit="1200,50"),
        line(3, "709", credit="1200,50"),
        line(3, "411", debit="1200,50"),
    ]


def content(lines: Iterable[Iterable[str]], header: Iterable[str] = NAMES, encoding: str = "iso-8859-15") -> bytes:
    return "".join("\t".join(fields) + "\r\n" for fields in (header, *lines)).encode(encoding)


def checked(folder: Path, data: bytes, name: str = NAME, notice: bytes | None = None) -> Report:
    """The report on a file of this content, with a notice that is in order by default."""
    path = folder / name
    path.write_bytes(data)
    beside = folder / (name.removesuffix(".txt") + "_description.txt")
    beside.write_bytes("\n".join(WORDS).encode("iso-8859-15") if notice is None else notice)
    return check_file(path, description=beside)
