"""The settings of a fund's exports for the accounts and the public, and the accounts its charter names."""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, Final, cast
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Field
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from fundadmin.models import User
from grants import accounts, queries
from grants.actions.export_settings import set_exports
from grants.actions.reading import log_audit
from grants.enums import FecMode, FundState, FundStep, Reading, ReliefForm, ScdlNature
from grants.exceptions import ActionRefused
from grants.forms import EuroField, KeyedForm
from grants.models import Event, ExportSettings, Fund
from grants.permissions import holds, memberships, role_missing_in_fund
from grants.visibility import reader_of
from grants.workflow import LANDLORD_MANAGER
from landlords.enums import Component, VatRegime

REFUSED: Final = 422
CENTS: Final = 100
FIELDS: Final = ("fec_mode", "journal_code", "journal_label", "scdl_on", "scdl_siret", "scdl_nature", "scdl_legal_duty")


def field_of(name: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", ExportSettings._meta.get_field(name))


def label_of(name: str) -> Any:
    return capfirst(field_of(name).verbose_name)


def begun(choices: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Choices as they begin a line."""
    return [(value, capfirst(label)) for value, label in choices]


def help_of(name: str) -> Any:
    return field_of(name).help_text


class ExportSettingsForm(KeyedForm):
    """Everything at once; what can't be kept the action says."""

    places = {"scdl_minimum_cents": "scdl_minimum"}

    fec_mode = forms.ChoiceField(label=label_of("fec_mode"), choices=begun(FecMode.choices), widget=forms.RadioSelect)
    journal_code = forms.CharField(label=label_of("journal_code"), help_text=help_of("journal_code"))
    journal_label = forms.CharField(label=label_of("journal_label"))
    scdl_on = forms.BooleanField(label=label_of("scdl_on"), help_text=help_of("scdl_on"), required=False)
    scdl_siret = forms.CharField(label=label_of("scdl_siret"), help_text=help_of("scdl_siret"), required=False)
    scdl_minimum = EuroField(
        label=label_of("scdl_minimum_cents"),
        help_text=gettext_lazy("In euros. The law's threshold is 23,000 EUR; 0 publishes every decision."),
        localize=True,
        min_value=0,
        max_digits=12,
        decimal_places=2,
    )
    scdl_nature = forms.ChoiceField(label=label_of("scdl_nature"), choices=begun(ScdlNature.choices))
    scdl_legal_duty = forms.CharField(
        label=label_of("scdl_legal_duty"), help_text=help_of("scdl_legal_duty"), required=False
    )

    def chosen(self) -> dict[str, Any]:
        """What the action takes."""
        given = {name: self.cleaned_data[name] for name in FIELDS}
        given["scdl_siret"] = "".join(given["scdl_siret"].split())
        return given | {"scdl_minimum_cents": int(self.cleaned_data["scdl_minimum"] * CENTS)}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export_settings(request: HttpRequest, code: str) -> HttpResponse:
    """Everybody of the fund reads them; its landlord's manager changes them."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="export settings")
    form = ExportSettingsForm(request.POST or None, initial=shown(ExportSettings.of(fund)) | {"key": str(uuid4())})
    refused = request.method == "POST"
    if refused and form.is_valid():
        try:
            set_exports(fund=fund, by=user, key=form.cleaned_data["key"], **form.chosen())
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The settings of the exports are changed: the next export follows them."))
            return redirect("grants:export_settings", code)
    may = holds(memberships(user, fund.pk, timezone.localdate()), [LANDLORD_MANAGER])
    context = {
        "fund": fund,
        "form": form,
        "reason": "" if may else str(role_missing_in_fund((LANDLORD_MANAGER,))),
        "may_amend": may and fund.state in (FundState.OPEN, FundState.SUSPENDED),
        "books": books_of(fund),
        "history": history_of(fund),
    }
    return render(request, "grants/export_settings.html", context, status=REFUSED if refused else 200)


def shown(settings: ExportSettings) -> dict[str, Any]:
    values = {name: getattr(settings, name) for name in FIELDS}
    whole, part = divmod(settings.scdl_minimum_cents, CENTS)
    return values | {"scdl_minimum": f"{whole},{part:02d}" if part else str(whole)}


def books_of(fund: Fund) -> dict[str, Any] | None:
    """The accounts of the charter in force, in rows a person reads; None where they can't be."""
    charter = queries.current_charter(fund.pk)
    if charter is None or accounts.faults(charter.accounts):
        return None
    said = accounts.read(charter.accounts)
    rows = [(str(form.label), list(relief_of(said, form))) for form in ReliefForm]
    vat = [(str(regime.label), said.of_vat(regime)) for regime in (VatRegime.RECEIPTS, VatRegime.DEBITS)]
    return {
        "version": charter.version,
        "is_assumed": said.is_assumed,
        "relief": rows,
        "vat": vat,
        "receivable": said.of_receivable(),
    }


def relief_of(said: accounts.Accounts, form: ReliefForm) -> Iterator[accounts.Booked | None]:
    """The accounts that a form is charged to, each once: several where component or regime decide."""
    told: list[accounts.Booked | None] = []
    for component, regime in product(Component, VatRegime):
        booked = said.of_relief(form, component, regime)
        if booked not in told:
            told.append(booked)
            yield booked


def history_of(fund: Fund) -> list[tuple[Event, list[str]]]:
    """Who changed what, the latest first."""
    events = Event.objects.filter(fund=fund, action=FundStep.SET_EXPORTS).select_related("user").order_by("-pk")
    return [(event, [str(field_of(name).verbose_name) for name in event.data["changed"]]) for event in events[:20]]
