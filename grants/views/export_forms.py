"""What somebody types to ask for an export: the days and the options of its kind, and nothing else."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from grants.exports.asking import DATES, faults
from grants.exports.kinds import ExportKind, Option
from grants.forms import DayInput, KeyedForm

OPTION: Final = "option_"
HELP: Final = {
    "since": _("The first value date wanted. Empty: from the first entry on."),
    "until": _("The last value date wanted. Empty: up to the last entry."),
    "as_at": _("As everything stood at the end of this day. Empty: as it stands."),
}
TODAY: Final = _("As everything stood at the end of this day. Empty: today.")


def field_of(option: Option) -> forms.Field:
    if choices := list(option.choices):
        first = option.default or choices[0][0]
        return forms.ChoiceField(label=option.label, help_text=option.help_text, choices=choices, initial=first)
    if option.is_day:
        return forms.DateField(label=option.label, help_text=option.help_text, required=False, widget=DayInput())
    return forms.CharField(label=option.label, help_text=option.help_text, initial=option.default, required=False)


class ExportForm(KeyedForm):
    def __init__(self, *args: Any, kind: ExportKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in [name for name in DATES if name in kind.dates]:
            of_ledger = DATES[name], TODAY if name == "as_at" and kind.is_of_a_day else HELP[name]
            label, help_text = kind.days.get(name, of_ledger)
            self.fields[name] = forms.DateField(label=label, help_text=help_text, required=False, widget=DayInput())
        for option in kind.options:
            self.fields[OPTION + option.name] = field_of(option)
        self.places = {f"options/{option.name}": OPTION + option.name for option in kind.options}

    def clean(self) -> dict[str, Any]:
        """What can be read and yet not be asked is said along with what can't be read."""
        given = super().clean() or {}
        days = {name: given[name] for name in DATES if given.get(name)}
        for breach in faults(self.kind, days, self.options()):
            self.add_error(self.places.get(breach.pointer, breach.pointer), str(breach))
        return given

    def options(self) -> dict[str, str]:
        given = self.cleaned_data
        return {
            name.removeprefix(OPTION): str(given[name]) for name in given if name.startswith(OPTION) and given[name]
        }

    def asked(self) -> dict[str, Any]:
        """What `exporting.ask` takes."""
        given = self.cleaned_data
        days = {name: given[name] for name in self.kind.dates}
        return {"key": given["key"], "options": self.options(), **days}
