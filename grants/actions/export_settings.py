"""How a fund's exports for the accounts and the public are to look: its landlord's manager decides."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from grants.actions.fund_rules import landlord_breaches
from grants.actions.turn import action, begin, refuse_if
from grants.enums import FecMode, FundStep, ScdlNature
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.models import ExportSettings, Fund
from grants.workflow import LANDLORD_MANAGER

if TYPE_CHECKING:
    from fundadmin.models import User


class ExportChoices(TypedDict):
    """The fields of `ExportSettings`."""

    fec_mode: FecMode
    journal_code: str
    journal_label: str
    scdl_on: bool
    scdl_siret: str
    scdl_minimum_cents: int
    scdl_nature: ScdlNature
    scdl_legal_duty: str


UNCHANGED: Final = Breach("unchanged", _("These are the settings already: nothing was changed."))


@action
def set_exports(
    *, fund: Fund, by: "User", key: str, on: date | None = None, **chosen: Unpack[ExportChoices]
) -> ExportSettings:
    """Change the settings. Their former values stay in the history of the row."""
    turn = begin(FundStep.SET_EXPORTS, fund_id=fund.pk, by=by, key=key, on=on, request=dict(chosen))
    settings = ExportSettings.of(turn.fund)
    if turn.replay:
        return settings
    if found := landlord_breaches(turn, LANDLORD_MANAGER):
        raise NotAllowed(found)
    changed = sorted(name for name, value in chosen.items() if getattr(settings, name) != value)
    for name, value in chosen.items():
        setattr(settings, name, value)
    if found := list(setting_breaches(settings)):
        raise BadInput(found)
    refuse_if([] if changed else [UNCHANGED])
    # The defaults first, where nothing was set yet: from then on the history says what held before the first change.
    ExportSettings.objects.get_or_create(fund=turn.fund)
    settings.save()
    turn.record(data={"changed": changed})
    return settings


def setting_breaches(settings: ExportSettings) -> Iterator[Breach]:
    """Everything that can't be kept, each at its field."""
    try:
        settings.clean_fields(exclude=["fund"])
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            yield from (Breach("field", "%(problem)s", {"problem": message}, name) for message in messages)
    if settings.scdl_on and not settings.scdl_siret:
        yield Breach(
            "scdl_siret", _("Give the SIRET under which the landlord grants: the schema asks for it."), {}, "scdl_siret"
        )
    siren = settings.fund.landlord.siren
    if settings.scdl_siret and not settings.scdl_siret.startswith(siren):
        message = _("This SIRET isn't one of the landlord's, whose SIREN is %(siren)s.")
        yield Breach("scdl_siret", message, {"siren": siren}, "scdl_siret")
