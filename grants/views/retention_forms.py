"""What managers type about what is kept and erased."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from grants.actions.holds import REASON_LIMIT, REFERENCE_LIMIT
from grants.forms import KeyedForm
from grants.models import Application, Fund


def new_key() -> dict[str, str]:
    return {"key": str(uuid4())}


class HoldForm(KeyedForm):
    reference = forms.CharField(
        label=_("Application, its reference"),
        required=False,
        max_length=60,
        help_text=_("Empty: the whole fund."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LIMIT,
        help_text=_("The audit or the dispute, and its reference: both sides' managers read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ("reference", "reason", "key")
    places = {"application": "reference"}

    application: Application | None = None
    """The one that is named; None for the whole fund."""

    def __init__(self, *args: Any, fund: Fund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fund = fund

    def clean_reference(self) -> str:
        reference: str = self.cleaned_data["reference"].strip()
        if reference:
            self.application = Application.objects.filter(fund=self.fund, reference__iexact=reference).first()
            if self.application is None:
                message = _("No application of this fund has the reference “%(reference)s”: copy it from its page.")
                raise forms.ValidationError(message, params={"reference": reference})
        return reference


class VisaForm(KeyedForm):
    reference = forms.CharField(
        label=_("Reference of the visa"),
        max_length=REFERENCE_LIMIT,
        help_text=_("As the public archives wrote it on the list they signed."),
    )
