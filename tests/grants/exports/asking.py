"""How the tests ask for an export: its `write`, as a reader of a side, without a job around it."""

import csv
from pathlib import Path
from typing import Any

from grants.enums import Role, Side
from grants.exports.kinds import ExportKind, Wanted, Written
from grants.visibility import Reader
from tests.factories import World


def reader(world: World, *sides: Side) -> Reader:
    return Reader(world.auditor.pk, world.fund.pk, frozenset(sides or {Side.LANDLORD}), frozenset({Role.AUDITOR}))


def silent(_done: int, _of_all: int) -> None:
    """Nobody listens to how far it is."""


def write(kind: ExportKind, world: World, folder: Path, *sides: Side, **asked: Any) -> Written:
    folder.mkdir(exist_ok=True)
    return kind.write(Wanted(fund=world.refresh(), reader=reader(world, *sides), **asked), folder, silent)


def read_csv(path: Path, separator: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=separator))
