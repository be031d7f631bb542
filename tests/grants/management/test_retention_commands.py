"""The commands: retention, elimination_list, subject_access."""

import io
import stat
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from grants.actions import holds
from grants.enums import State
from grants.models import Application, EliminationList
from tests.factories import OPENED_ON, World, key, open_fund
from tests.grants.kept import YEARS_2, clock, full, personal

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A fund with a file whose time is over."""
    made = open_fund()
    full(made, State.REJECTED)
    clock(monkeypatch, YEARS_2 + timedelta(days=1))
    return made


def said(*command: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out, **options)
    return out.getvalue()


def test_a_dry_run_says_what_would_be_erased(world: World) -> None:
    text = said("retention", "--dry-run")
    assert "2\u00a0ans" in text
    assert "code civil" in text
    assert f"Serait effacé\u00a0:\n  {world.fund.code}  refused: 1\n" in text
    assert personal(Application.objects.get())


def test_a_run_counts_names_nobody_and_certifies(world: World) -> None:
    file = Application.objects.get()
    text = said("retention", "--fund", world.fund.code)
    assert f"  {world.fund.code}  documents: 1\n" in text
    assert "Certificat\u00a0: " in text
    assert file.tenant.legal_name not in text
    assert personal(file) == []
    assert "  rien\n" in said("retention")


def test_logs_are_counted_apart(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from grants.actions import retention
    from landlords.models import RentRollImport

    zeros = dict.fromkeys(("lines", "created", "updated", "unchanged"), 0)
    made = RentRollImport.objects.create(landlord=world.landlord, **zeros)
    RentRollImport.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=400))
    monkeypatch.setattr(retention, "LOGS", {"read_log": ("landlords", "RentRollImport", "created_at")})
    assert "  read_log: 1\n" in said("retention", "--dry-run")


def test_an_unknown_fund_is_told() -> None:
    with pytest.raises(CommandError, match="nulle-part"):
        said("retention", "--fund", "nulle-part")


def test_the_elimination_list_is_printed_and_signed(world: World) -> None:
    file = Application.objects.get()
    with pytest.raises(CommandError, match="retention"):
        said("elimination_list", world.fund.code)
    holds.ask_archives(fund=world.fund, wanted=True, by=world.chamber_manager, key=key(), on=OPENED_ON)
    assert "attend son visa" in said("retention")
    listed = EliminationList.objects.get()
    text = said("elimination_list", world.fund.code)
    for words in (
        f"BORDEREAU D\u2019ÉLIMINATION n°\u00a0{listed.pk}",
        "dossiers refusés, retirés par désistement ou classés sans suite\u00a0: 1\u00a0dossier",
        "clos entre le 05/05/2020 et le 05/05/2020, conservés 2\u00a0ans",
        "code civil",
        f"- {file.reference}",
        listed.digest,
        "Visa des archives publiques (date, nom, signature)",
    ):
        assert words in text
    rows = said("elimination_list", world.fund.code, "--csv")
    assert rows.startswith("\ufeffDossier;Quoi;Clos le;")
    assert f"\r\n{file.reference};" in rows
    assert ";05/05/2020;05/05/2022;1;" in rows
    holds.record_archives_visa(listed=listed, reference="AD60-7", by=world.chamber_manager, key=key())
    assert "AD60-7" in said("elimination_list", world.fund.code)
    assert "refused: 1" in said("retention")


class TestSubjectAccess:
    def test_the_archive_is_for_its_owner_alone_and_replaces_nothing(self, world: World, tmp_path: Path) -> None:
        file, path = Application.objects.get(), tmp_path / "copie.zip"
        command = ("subject_access", "--landlord", world.landlord.siren, "--siret", str(file.tenant.siret))
        assert str(path) in said(*command, "--output", str(path))
        assert "donnees.json" in zipfile.ZipFile(path).namelist()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(CommandError, match="ne peut pas être écrit"):
            said(*command, "--output", str(path))

    def test_a_stranger_is_told(self, world: World, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="Aucun locataire"):
            said("subject_access", "--landlord", world.landlord.siren, "--siret", "0", "--output", str(tmp_path / "x"))

    def test_erasure_on_request(self, world: World) -> None:
        siret = str(Application.objects.get().tenant.siret)
        command = ("subject_access", "--landlord", world.landlord.siren, "--siret", siret, "--erase")
        held = holds.hold(fund=world.fund, reason="Litige", by=world.chamber_manager, key=key())
        with pytest.raises(CommandError, match="purge est suspendue"):
            said(*command)
        holds.lift_hold(held=held, by=world.chamber_manager, key=key())
        assert "Dossiers effacés\u00a0: 1." in said(*command)
