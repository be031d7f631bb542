"""The settings of a fund's exports: whose they are, what they may be, that each change is told."""

from typing import Any

import pytest
from django.apps import apps
from stdnum.fr import siret

from grants.actions.export_settings import set_exports
from grants.enums import FecMode, ScdlNature
from grants.exceptions import BadInput, RuleRefused
from grants.models import Event, ExportSettings
from tests.factories import OPENED_ON, World, key, open_fund
from tests.grants.actions.refusal import not_allowed, refused

pytestmark = pytest.mark.django_db
ExportSettingsEvent: Any = apps.get_model("grants", "ExportSettingsEvent")
CHOSEN: dict[str, Any] = {
    "fec_mode": FecMode.IMPORT,
    "journal_code": "SOL",
    "journal_label": "Fonds de solidarité",
    "scdl_on": False,
    "scdl_siret": "",
    "scdl_minimum_cents": 23_000_00,
    "scdl_nature": ScdlNature.IN_KIND,
    "scdl_legal_duty": "",
}


def chosen(world: World, **changes: Any) -> ExportSettings:
    given = {"by": world.landlord_manager, "key": key(), "on": OPENED_ON}
    return set_exports(fund=world.fund, **given | CHOSEN | changes)


def siret_of(world: World) -> str:
    """A SIRET of the landlord: its SIREN, and the number that makes the whole right."""
    return next(number for n in range(100) if siret.is_valid(number := f"{world.landlord.siren}{n:05d}"))


def test_before_any_change_a_file_is_for_control_and_nothing_is_published() -> None:
    settings = ExportSettings.of(open_fund().fund)
    assert (settings.fec_mode, settings.journal_code, settings.scdl_on) == (FecMode.CONTROL, "ALG", False)
    assert settings.scdl_minimum_cents == 23_000_00
    assert not ExportSettings.objects.exists()


def test_a_change_is_kept_told_and_its_former_values_too() -> None:
    world = open_fund()
    first = chosen(world)
    assert str(first) == f"export settings of {world.fund.pk}"
    chosen(world, scdl_on=True, scdl_siret=siret_of(world), journal_label="Solidarité")
    told = Event.objects.filter(fund=world.fund, action="set_exports").order_by("pk").values_list("data", flat=True)
    assert list(told) == [
        {"changed": ["fec_mode", "journal_code", "journal_label"]},
        {"changed": ["journal_label", "scdl_on", "scdl_siret"]},
    ]
    formers = ExportSettingsEvent.objects.order_by("pk").values_list("journal_label", flat=True)
    assert list(formers) == ["Allègements de loyers et de charges", "Fonds de solidarité"]


def test_only_the_landlords_manager_changes_them() -> None:
    world = open_fund()
    for person in (world.chamber_manager, world.payer, world.auditor):
        with not_allowed():
            chosen(world, by=person)


def test_a_replay_is_no_second_change() -> None:
    world, same = open_fund(), key()
    assert chosen(world, key=same).journal_code == chosen(world, key=same).journal_code == "SOL"
    assert Event.objects.filter(action="set_exports").count() == 1


def test_nothing_changed_is_said() -> None:
    world = open_fund()
    chosen(world)
    with refused(RuleRefused, "unchanged"):
        chosen(world)


def test_everything_that_can_t_be_kept_is_said_at_its_field() -> None:
    world = open_fund()
    with refused(BadInput, *["field"] * 6, "scdl_siret") as refusal:
        chosen(
            world,
            fec_mode="both",
            journal_code="é",
            journal_label="a|b",
            scdl_siret="73282932000075",
            scdl_minimum_cents=-1,
            scdl_nature="gift",
        )
    assert {breach.pointer for breach in refusal.value.breaches} == {
        *("fec_mode", "journal_code", "journal_label", "scdl_siret", "scdl_minimum_cents", "scdl_nature"),
    }


def test_who_publishes_has_a_siret_of_the_landlord() -> None:
    world = open_fund()
    with refused(BadInput, "scdl_siret"):
        chosen(world, scdl_on=True)
    with refused(BadInput, "scdl_siret"):
        chosen(world, scdl_on=True, scdl_siret="73282932000074")
