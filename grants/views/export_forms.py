"""What somebody types to ask for an export: the days and the options of its kind, and nothing else."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from grants.exports.asking import DATES
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
                forms.ChoiceField(
                    label=option.label, choices=choices, initial=option.default or choices[0][0], required=False
                )
                if choices
                else forms.CharField(label=option.label, initial=option.default, required=False)
            )
        self.places = {f"options/{option.name}": OPTION + option.name for option in kind.options}

    def asked(self) -> dict[str, Any]:
        """What `exporting.ask` takes."""
        given = self.cleaned_data
        options = {name.removeprefix(OPTION): value for name, value in given.items() if name.startswith(OPTION)}
        days = {name: given[name] for name in self.kind.dates}
        return {"key": given["key"], "options": {name: value for name, value in options.items() if value}, **days}
