"""What somebody hands in on the reconciliation page."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grants.actions.confirmations import Sent
from grants.enums import ReliefForm
from grants.forms import KeyedForm
from grants.models import LandlordFile

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

ACCEPTED = {"accept": ".xlsx,.csv,.txt"}


class FileForm(KeyedForm):
    """One file; both forms stand on one page, so the second one's fields have names of their own."""

    kind: str
    button: "_StrPromise"

    file = forms.FileField(allow_empty_file=True, widget=forms.ClearableFileInput(attrs=ACCEPTED))

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(data, files, auto_id=f"id_{self.kind}_%s", **kwargs)

    def sent(self) -> Sent:
        file = self.cleaned_data["file"]
        return Sent(self.kind, file.name, file.read(), self.cleaned_data.get("form") or ReliefForm.CREDIT_NOTE)


class CreditNotesForm(FileForm):
    kind = LandlordFile.Kind.CREDIT_NOTES
    button = _("Check the file")

    file = forms.FileField(
        label=_("Posted credit notes (XLSX or CSV)"),
        help_text=_("The credit schedule with its vouchers filled in, or the list that your own program makes."),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs=ACCEPTED),
    )
    form = forms.ChoiceField(
        label=_("Form of the relief, where a row doesn't say"),
        choices=ReliefForm.choices,
        initial=ReliefForm.CREDIT_NOTE,
    )


class AccountForm(FileForm):
    kind = LandlordFile.Kind.ACCOUNT
    button = _("Check the extract")

    file = forms.FileField(
        label=_("Extract of tenants' accounts (XLSX or CSV)"),
        help_text=_(
            "With date, lease, label, voucher, debit and credit. Rent calls and payments are neither examined nor kept."
        ),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs=ACCEPTED),
    )


FORMS: dict[str, type[FileForm]] = {form.kind: form for form in (CreditNotesForm, AccountForm)}
