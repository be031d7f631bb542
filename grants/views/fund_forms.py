"""The forms of a fund's own pages."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grants.enums import LedgerKind
from grants.forms import CENT, DayInput, EuroField, KeyedForm, offer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fundadmin.models import User

NOTE_LENGTH = 2000


class JournalFilter(forms.Form):
    """Which part of the journal is asked for. `until` is also the day whose position is shown."""

    since = forms.DateField(label=_("From"), widget=DayInput(), required=False)
    until = forms.DateField(label=_("Position as at"), widget=DayInput(), required=False)
    kind = forms.ChoiceField(label=_("Movement"), required=False)
    tenant = forms.CharField(label=_("Tenant business"), max_length=200, required=False)
    application = forms.CharField(label=_("Application, its reference"), max_length=60, required=False)
    voucher = forms.CharField(label=_("Number of the voucher"), max_length=60, required=False)
    person = forms.ChoiceField(label=_("Recorded by"), required=False)

    def __init__(self, *args: Any, people: "Iterable[User]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        anything = ("", _("All"))
        offer(self, "kind", [anything, *LedgerKind.choices])
        offer(self, "person", [anything, *((str(one.uuid), str(one)) for one in people)])

    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("since", _("The period begins after the day it ends on."))
        return given


class ProposalForm(KeyedForm):
    """A fund action to propose. It asks for what this action takes and nothing else."""

    amount = EuroField(
        label=_("Amount in euros"),
        max_digits=14,
        decimal_places=2,
        min_value=CENT,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    signed_pdf = forms.FileField(
        label=_("Signed paper (PDF)"),
        help_text=_("The decision of the landlord, signed. Both sides read it once it is confirmed."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=NOTE_LENGTH,
        required=False,
        help_text=_("Both sides read it once the action is confirmed."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    places = {"amount_cents": "amount"}

    def __init__(self, *args: Any, amount: bool, amount_needed: bool, pdf: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not amount:
            del self.fields["amount"]
        elif not amount_needed:
            self.fields["amount"].required = False
            self.fields["amount"].label = _("First endowment in euros")
        if not pdf:
            del self.fields["signed_pdf"]

    def asked(self) -> dict[str, Any]:
        """What `propose` takes."""
        given = dict(self.cleaned_data)
        amount, upload = given.pop("amount", None), given.pop("signed_pdf", None)
        given["amount_cents"] = None if amount is None else int(amount * 100)
        given["signed_pdf"] = (upload.name, upload.read()) if upload else None
        return given


class RefusalForm(KeyedForm):
    reason = forms.CharField(
        label=_("Why it is refused"),
        max_length=NOTE_LENGTH,
        required=False,
        help_text=_("Read by the landlord's side only."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class KeepForm(KeyedForm):
    """A commitment that was kept."""

    kept_on = forms.DateField(label=_("Kept on"), widget=DayInput())
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        required=False,
        help_text=_("How one can tell: a letter, a decision, a notice. Both sides read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReopenForm(KeyedForm):
    """A commitment that was not kept after all."""

    note = forms.CharField(
        label=_("Why it does not count as kept"),
        max_length=NOTE_LENGTH,
        help_text=_("Both sides read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AsAtForm(forms.Form):
    """The day a report is as at."""

    as_at = forms.DateField(label=_("Position as at"), widget=DayInput(), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_as_at(self) -> date:
        day: date | None = self.cleaned_data["as_at"]
        if day is not None and day > self.today:
            raise forms.ValidationError(_("This day is still to come."))
        return day or self.today
