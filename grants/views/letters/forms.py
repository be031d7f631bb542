"""What the pages of letters ask."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from grants.enums import Delivery, LetterKind
from grants.forms import DayInput, KeyedForm
from landlords.models import Letterhead

BIGINT_DIGITS = 19
MOST: int = 50
"""Letters issued or recorded at once on a page; more are a job."""
LOGO_LIMIT = 2 * 1024 * 1024  # bytes


class Numbers(forms.TypedMultipleChoiceField):
    """Any numbers: who may do what with the rows they name is said by the action."""

    def valid_value(self, value: str) -> bool:
        return value.isdecimal() and len(value) < BIGINT_DIGITS


class ChosenForm(KeyedForm):
    """The rows that were ticked."""

    chosen = Numbers(
        label=_("Letters"), coerce=int, error_messages={"required": _("Tick at least one letter in the list.")}
    )

    def clean_chosen(self) -> list[int]:
        given: list[int] = self.cleaned_data["chosen"]
        if len(given) > MOST:
            raise forms.ValidationError(_("Tick %(most)s letters at most."), params={"most": MOST})
        return given


class IssueForm(ChosenForm):
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("as last time, else the landlord's")), *settings.LANGUAGES],
    )


class SendForm(ChosenForm):
    channel = forms.ChoiceField(label=_("How"), choices=Delivery.choices)
    sent_on = forms.DateField(label=_("Sent on"), widget=DayInput())


class EveryForm(KeyedForm):
    """All of a kind."""

    kind = forms.ChoiceField(label=_("Letter"), choices=LetterKind.choices)


class StatementForm(KeyedForm):
    as_at = forms.DateField(label=_("State of the fund as at"), widget=DayInput())
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class LetterheadForm(KeyedForm):
    """What a landlord's letters bear."""

    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG or JPEG, at most 2 MB. It is shown up to 6 cm wide and 2 cm high, above your name."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    no_logo = forms.BooleanField(label=_("Take the logo away"), required=False)
    language = forms.ChoiceField(label=_("Language of the letters"), choices=settings.LANGUAGES)
    place = forms.CharField(
        label=_("Letters are dated from"),
        max_length=60,
        required=False,
        help_text=_("A town. Else that of your address."),
    )
    contact_name = forms.CharField(label=_("Whom a tenant calls"), max_length=100, required=False)
    contact_phone = forms.CharField(
        label=_("Telephone"), max_length=30, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    contact_email = forms.EmailField(label=_("E-mail address"), required=False)
    contact_hours = forms.CharField(label=_("On which days and hours"), max_length=100, required=False)
    signatory_name = forms.CharField(label=_("Who signs"), max_length=100, required=False)
    signatory_title = forms.CharField(label=_("In which capacity"), max_length=100, required=False)
    reexamination = forms.CharField(
        label=_("How a tenant asks for a re-examination"),
        max_length=600,
        required=False,
        help_text=_("It stands in refusals, after the last day. Else the tenant is asked to write to their advisor."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    legal = forms.CharField(
        label=_("Legal details in the foot"),
        max_length=200,
        required=False,
        help_text=_("Legal form, capital, registration."),
    )

    def clean_logo(self) -> Any:
        given = self.cleaned_data["logo"]
        if given and given.size > LOGO_LIMIT:
            raise forms.ValidationError(_("This picture is larger than 2 MB: make it smaller."))
        return given


def initial_of(letterhead: Letterhead) -> dict[str, Any]:
    """What stands there now."""
    return {name: getattr(letterhead, name) for name in LetterheadForm.base_fields if hasattr(letterhead, name)}
