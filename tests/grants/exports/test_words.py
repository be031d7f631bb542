"""Each number of an export's page says what it is, in words: never a program's name for it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from fundadmin.database_roles import as_owner
from grants import ledger
from grants.actions.exporting import ask
from grants.enums import LETTER_FILES, Action, LetterKind, State
from grants.exceptions import KeyReused
from grants.exports.every import EXPORTS
from grants.exports.words import ROWS, SUMS, sums_in_words
from grants.models import Export, ExportSettings
from tests.factories import key, open_fund
from tests.grants import walk
from tests.grants.deciding.visitor import Visitor
from tests.grants.exports.asking import write
from tests.grants.letters.looks import issued


@pytest.mark.django_db
def test_every_sum_of_every_kind_has_its_words(tmp_path: Path) -> None:
    world = open_fund()
    ExportSettings.objects.create(fund=world.fund, scdl_on=True, scdl_siret="73282932000074", scdl_minimum_cents=0)
    issued(world, walk.walk_to(world, State.CREDITED), Action.APPROVE)
    walk.walk_to(world, State.APPROVED)
    told = {
        code: write(kind, world, tmp_path / code).sums_cents
        for code, kind in EXPORTS.items()
        if code != "deminimis_register"
    } | {"deminimis_register": {"granted": 1}}  # Refused where the charter names no de minimis regulation.
    for code, sums in told.items():
        unnamed = set(sums) - set(SUMS.get(code, {}))
        assert not unnamed, f"{code}: name {unnamed} in grants/exports/words.py"
        shown = list(sums_in_words(code, sums))
        assert sorted(cents for _label, cents in shown) == sorted(sums.values())
        assert not {str(label) for label, _cents in shown} & set(sums)


def test_every_kind_says_what_its_rows_are() -> None:
    assert set(ROWS) == set(EXPORTS)


def test_the_same_name_says_what_it_is_in_its_kind() -> None:
    ((ledger, _cents),) = sums_in_words("ledger-csv", {"credit": 1})
    ((fec, _cents),) = sums_in_words("fec", {"credit": 1})
    with translation.override("fr"):
        assert (str(ledger), str(fec)) == ("Imputation", "Crédit de tous les comptes")
    assert list(sums_in_words("gone", {"credit": 1})) == [("credit", 1)], "a kind that is gone shows what was kept"


def test_files_are_named_in_french() -> None:
    assert set(LETTER_FILES) == set(LetterKind)
    assert LETTER_FILES[LetterKind.AWARD] == "accord"


@pytest.mark.django_db
def test_a_refusal_and_its_settings_stand_together() -> None:
    world = open_fund()
    visitor = Visitor(world.manager)
    settings = f"/fonds/{world.fund.code}/reglages/exports/"
    refused = ask(fund=world.fund, kind="scdl", by=world.manager, key=key())
    page = visitor.open(f"/fonds/{world.fund.code}/exports/{refused.uuid}/").page
    assert settings in [link.get("href") for link in page.iter("a")]
    amends = Visitor(world.landlord_manager).open(settings).page
    assert any((link.get("href") or "").endswith("#accounts") for link in amends.iter("a"))


@pytest.mark.django_db(transaction=True)
def test_without_a_day_what_has_an_age_is_as_at_today_as_its_page_is() -> None:
    world = open_fund()
    walk.walk_to(world, State.CREDITED)
    asked: dict[str, Any] = {"fund": world.fund, "kind": "reconciliation", "by": world.auditor, "key": key()}
    export = ask(**asked)
    today = ledger.today()
    assert (export.state, export.as_at, export.manifest["as_at"]) == (Export.State.DONE, today, today.isoformat())
    assert today.isoformat() in export.file_name
    with as_owner():
        Export.objects.filter(pk=export.pk).update(as_at=today - timedelta(days=1))
    assert ask(**asked).pk == export.pk, "the same key on the next day is the same request"
    with pytest.raises(KeyReused):
        ask(**asked, as_at=today)
    assert ask(**asked | {"kind": "ledger-csv", "key": key()}).as_at is None, "a journal has no age"
