"""What somebody types on the rent roll's pages."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grants.actions.rent_rolls import Roll
from grants.forms import KeyedForm
from grants.models import RentRollCheck
from landlords.rent_roll import Months
from landlords.rent_roll.labels import GROUPS


class MonthField(forms.DateField):
    """A month as browsers send it (`2020-04`), and as people type it where the browser has no field for months."""

    def __init__(self, *, label: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            input_formats=["%Y-%m", "%m/%Y"],
            widget=forms.DateInput(format="%Y-%m", attrs={"type": "month", "placeholder": "2020-04"}),
            error_messages={"invalid": _("Write the month as 2020-04.")},
        )


class MonthsForm(forms.Form):
    """The months called for, where the file has no column that says so."""

    first_month = MonthField(label=_("First month called for"))
    last_month = MonthField(label=_("Last month called for"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_month"), cleaned.get("last_month")
        if not self.errors and (first is None) != (last is None):
            self.add_error("first_month" if first is None else "last_month", _("Give both months, or neither."))
        if first and last and last < first:
            self.add_error("last_month", _("The last month comes before the first."))
        return cleaned

    def months(self) -> Months | None:
        first: date | None = self.cleaned_data["first_month"]
        last: date | None = self.cleaned_data["last_month"]
        return (first, last) if first and last else None


class RollForm(MonthsForm, KeyedForm):
    file = forms.FileField(
        label=_("Rent roll (XLSX or CSV)"),
        help_text=_("One line for each lease and period. Usual headings are understood; you can correct them next."),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )
    field_order = ("file", "first_month", "last_month", "key")

    def roll(self) -> Roll:
        sent = self.cleaned_data["file"]
        return Roll(sent.name, sent.read(), self.months())


class ColumnsForm(MonthsForm):
    """A list for each column of the file: what it holds."""

    def __init__(self, data: Any = None, *, check: RentRollCheck) -> None:
        self.columns: list[dict[str, Any]] = check.columns.get("columns", [])
        months = {"first_month": check.first_month, "last_month": check.last_month}
        super().__init__(data, initial=months)
        told = check.layout.get("facts")
        for column in self.columns:
            place = column["place"]
            chosen = column["fact"] if told is None else told.get(str(place))
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=column["header"] or _("Column %(place)s") % {"place": place + 1},
                choices=CHOICES,
                required=False,
                initial=chosen or "",
            )

    def rows(self) -> Iterator[tuple[dict[str, Any], Any]]:
        """Each column of the file with its list."""
        for column in self.columns:
            yield column, self[f"column_{column['place']}"]

    def month_fields(self) -> list[Any]:
        return [self["first_month"], self["last_month"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        seen: dict[str, Any] = {}
        for column, field in self.rows():
            fact = cleaned.get(field.name)
            if fact and fact in seen:
                other = seen[fact]
                message = _("“%(header)s” is said to hold this too: choose one of the two columns.")
                self.add_error(field.name, message % {"header": other["header"]})
            elif fact:
                seen[fact] = column
        return cleaned

    def facts(self) -> dict[int, str]:
        chosen = {column["place"]: self.cleaned_data[field.name] for column, field in self.rows()}
        return {place: fact for place, fact in chosen.items() if fact}

    def refuse(self, refusal: Any) -> None:
        for breach in refusal.breaches:
            self.add_error(breach.pointer if breach.pointer in self.fields else None, str(breach))


CHOICES: list[Any] = [("", _("(not taken in)")), *((group, list(facts.items())) for group, facts in GROUPS)]
