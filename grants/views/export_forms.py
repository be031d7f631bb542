"""What somebody types to ask for an export: the days and the options of its kind, and nothing else."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from grants.exports.asking import DATES, faults
from grants.exports.kinds import ExportKind
from grants.forms import DayInput, KeyedForm

OPTION: Final = "option_"
HELP: Final = {
    "since": _("The first value date wanted. Empty: from the first entry on."),
    "until": _("The last value date wanted. Empty: up to the last entry."),
    "as_at": _("As everything stood at the end of this day. Empty: as it stands."),
}


class ExportForm(KeyedForm):
    def __init__(self, *args: Any, kind: ExportKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in [name for name in DATES if name in kind.dates]:
            self.fields[name] = forms.DateField(
                label=DATES[name], help_text=HELP[name], required=False, widget=DayInput()
            )
        for option in kind.options:
            choices = list(option.choices)
            self.fields[OPTION + option.name] = (
                forms.ChoiceField(label=option.label, choices=choices, initial=option.default or choices[0][0])
                if choices
                else forms.CharField(label=option.label, initial=option.default, required=False)
            )
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
        return {name.removeprefix(OPTION): given[name] for name in given if name.startswith(OPTION) and given[name]}

    def asked(self) -> dict[str, Any]:
        """What `exporting.ask` takes."""
        given = self.cleaned_data
        days = {name: given[name] for name in self.kind.dates}
        return {"key": given["key"], "options": self.options(), **days}
