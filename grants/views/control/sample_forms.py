"""What an auditor types: the plan of a sample, the finding of a sheet, the words that close it."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from grants.control.draw import Stratum
from grants.control.plan import BOUNDS, LARGEST, Plan
from grants.enums import Found, SampleMethod, SampleScope, SampleUnit
from grants.exceptions import Breach
from grants.forms import CENT, DayInput, EuroField, KeyedForm
from grants.money import Cents

NOTE_LENGTH: Final = 4_000


def euros(label: Any, help_text: Any = "") -> EuroField:
    return EuroField(
        label=label,
        help_text=help_text,
        max_digits=14,
        decimal_places=2,
        min_value=CENT,
        localize=True,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "amount"}),
    )


def units(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=LARGEST, required=False)


class PlanForm(forms.Form):
    """Of what, how, how much. `places`: a breach's pointer -> its field."""

    unit = forms.ChoiceField(label=_("Sample of"), choices=SampleUnit.choices, widget=forms.RadioSelect)
    scope = forms.ChoiceField(label=_("Population"), choices=SampleScope.choices, widget=forms.RadioSelect)
    since = forms.DateField(label=_("From value date"), widget=DayInput())
    until = forms.DateField(label=_("Until value date"), widget=DayInput())
    method = forms.ChoiceField(label=_("Method"), choices=SampleMethod.choices, widget=forms.RadioSelect)
    size = units(_("How many units"))
    seed = forms.CharField(
        label=_("Seed"),
        required=False,
        max_length=64,
        help_text=_("Yours, thrown or chosen before you look; left empty, the machine draws one. It is kept."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["size"].needed_for = _("needed for this method")  # type: ignore[attr-defined]
        for number in range(1, BOUNDS + 1):
            self.fields[f"upto_{number}"] = euros(_("Stratum %(n)s, up to (euros)") % {"n": number})
            self.fields[f"size_{number}"] = units(_("Stratum %(n)s, units") % {"n": number})

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"upto_{number}"], self[f"size_{number}"]) for number in range(1, BOUNDS + 1)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("method") == SampleMethod.RANDOM and not given.get("size") and "size" not in self.errors:
            self.add_error("size", _("Say how many units to draw."))
        if given.get("method") == SampleMethod.STRATIFIED:
            self._check_rows(given)
        return given

    def _check_rows(self, given: dict[str, Any]) -> None:
        filled = [number for number in range(1, BOUNDS + 1) if self._is_filled(number)]
        if not filled:
            self.add_error("upto_1", _("Give at least one bound, and how many units to draw below it."))
        for number in filled:
            for name, message in (
                (f"upto_{number}", _("Give the bound of this stratum, or empty its row.")),
                (f"size_{number}", _("Say how many units to draw of this stratum, or empty its row.")),
            ):
                if given.get(name) is None and name not in self.errors:
                    self.add_error(name, message)

    def _is_filled(self, number: int) -> bool:
        return any(self.data.get(f"{name}_{number}", "").strip() for name in ("upto", "size"))

    def plan(self) -> Plan:
        """The plan of a form that is valid. Rows left empty between others are no strata."""
        given = self.cleaned_data
        return Plan(
            unit=SampleUnit(given["unit"]),
            scope=SampleScope(given["scope"]),
            since=given["since"],
            until=given["until"],
            method=SampleMethod(given["method"]),
            strata=self._strata(given),
            seed=given["seed"],
        )

    def _strata(self, given: dict[str, Any]) -> tuple[Stratum, ...]:
        if given["method"] == SampleMethod.RANDOM:
            return (Stratum(None, given["size"]),)
        rows = [(given[f"upto_{number}"], given[f"size_{number}"]) for number in range(1, BOUNDS + 1)]
        return (*(Stratum(cents(upto), size) for upto, size in rows if upto is not None), Stratum(None, None))

    def refuse(self, breaches: Any) -> None:
        """Show reasons where they belong."""
        for breach in breaches:
            place = self._place(breach)
            self.add_error(place if place in self.fields else None, str(breach))

    def _place(self, breach: Breach) -> str:
        is_random = self.data.get("method") == SampleMethod.RANDOM
        return "size" if is_random and breach.pointer.startswith("size_") else breach.pointer


def cents(amount: Decimal) -> int:
    return int(amount * 100)


class FindingForm(KeyedForm):
    """What was found in a file. `seen`: which finding its writer read."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    outcome = forms.ChoiceField(label=_("Finding"), choices=Found.choices, widget=forms.RadioSelect)
    at_risk = euros(_("Amount at risk (euros)"))
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        required=False,
        help_text=_(
            "What you looked at and what is wrong, with the document or the movement. Your side's auditors read it."
            " Name no private person."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    places = {"at_risk_cents": "at_risk"}

    def __init__(self, *args: Any, most_cents: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = {"amount": Cents(most_cents)}
        self.fields["at_risk"].needed_for = _("needed where an amount is at risk")  # type: ignore[attr-defined]
        self.fields["note"].needed_for = _("needed where something is wrong")  # type: ignore[attr-defined]
        self.fields["at_risk"].help_text = _("At most the amount of this sheet, %(amount)s.") % most

    def asked(self) -> dict[str, Any]:
        """What `record_finding` takes, but for what the form was made of."""
        given = self.cleaned_data
        amount = given["at_risk"]
        return {
            "outcome": Found(given["outcome"]),
            "at_risk_cents": 0 if amount is None else cents(amount),
            "note": given["note"],
        }


class SignForm(KeyedForm):
    conclusion = forms.CharField(
        label=_("Conclusion"),
        max_length=NOTE_LENGTH,
        help_text=_("The managers of both sides read it. Quote nothing that only one side may know."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class AbandonForm(KeyedForm):
    reason = forms.CharField(
        label=_("Why it is given up"),
        max_length=NOTE_LENGTH,
        help_text=_("It stays in the list, with this reason."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
