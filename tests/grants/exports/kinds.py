"""Kinds of export for tests of what is the same for all: registered for one test, as any other kind is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import gettext_lazy as _

from grants.exports.every import EXPORTS
from grants.exports.kinds import ExportKind, Option, Told, Wanted, Written

Write = Callable[[Wanted, Path, Told], Written]


def one_file(wanted: Wanted, folder: Path, told: Told) -> Written:
    (folder / "un.txt").write_text(f"{wanted.fund.code} {wanted.as_at} {wanted.option('colour')}\n")
    return Written(files=("un.txt",), rows=1, sums_cents={"credit": 1_00})


def two_files(wanted: Wanted, folder: Path, told: Told) -> Written:
    (folder / "b.csv").write_text("b\n")
    (folder / "a.csv").write_text("a\n" * 1000)
    return Written(files=("b.csv", "a.csv"), rows=2)


def registered(patch: pytest.MonkeyPatch, write: Write = one_file, **values: Any) -> ExportKind:
    """A kind named `essai`, with one option that has choices and one that is free."""
    kind = ExportKind(
        **{
            "code": "essai",
            "label": _("Export"),
            "what": _("Export"),
            "write": write,
            "options": (
                Option(name="colour", label=_("State"), choices=(("red", _("ready")), ("blue", "bleu")), default="red"),
                Option(name="note", label=_("File")),
            ),
        }
        | values
    )
    patch.setitem(EXPORTS, kind.code, kind)
    return kind
