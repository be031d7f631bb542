"""Where a charter version books its relief, as its manager types it: a table of rules over the usual accounts."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grants.accounts import RECEIVABLE, VAT, Booked
from grants.enums import ReliefForm
from grants.forms import count_of
from landlords.enums import Component, VatRegime

if TYPE_CHECKING:
    from grants.models import Charter

BLANK_RULES: Final = 2
TYPED: Final = 200
"""More than an account or its label may have: the rule itself says how long they are."""
VAT_LABELS: Final[Mapping[str, Any]] = {
    "receipts": _("VAT due when the rent is paid"),
    "debits": _("VAT due when the rent is called"),
    "exempt": _("VAT on a lease that has become exempt"),
}
OTHERS: Final[Mapping[str, tuple[Any, Booked]]] = {
    "receivable": (_("The tenant's account"), RECEIVABLE),
    **{f"vat_{regime}": (label, VAT[VatRegime(regime)]) for regime, label in VAT_LABELS.items()},
}
NAMED: Final[Mapping[str, tuple[Any, Any, Any]]] = {
    "form": (_("Form of relief"), _("any form"), ReliefForm),
    "component": (_("Component"), _("any component"), Component),
    "regime": (_("VAT regime"), _("any regime"), VatRegime),
}


ACCOUNT: Final = _("Account")
CALLED: Final = _("What it is called")
NOTHING: Final = _("Nothing is booked")


def _of_line(label: Any, place: int) -> str:
    """Where it stands alone, as in a list of what to mend."""
    return gettext("%(label)s, line %(number)s") % {"label": label, "number": place + 1}


class AccountsForm(forms.Form):
    """The rules there are and a few empty ones, the tenant's account, those of VAT. Nothing typed: the usual ones."""

    rules_shown = forms.CharField(widget=forms.HiddenInput, max_length=3)

    def __init__(self, data: Any = None, *, charter: "Charter") -> None:
        held = charter.accounts
        rules = held.get("relief", [])
        self.rules = len(rules) + BLANK_RULES if data is None else count_of(data.get("rules_shown", ""))
        super().__init__(data, initial={"rules_shown": self.rules})
        self.is_empty = not held
        vat = held.get("vat", {})
        given = {"receivable": held.get("receivable"), **{f"vat_{regime}": vat.get(regime) for regime in VAT_LABELS}}
        for name, (label, usual) in OTHERS.items():
            self._add(name, label, given[name] or {}, usual)
        for place in range(self.rules):
            rule = rules[place] if place < len(rules) else {}
            for name, (label, whichever, choices) in NAMED.items():
                self.fields[f"rule_{place}_{name}"] = forms.ChoiceField(
                    label=_of_line(label, place),
                    required=False,
                    choices=[("", whichever), *choices.choices],
                    initial=rule.get(name, ""),
                )
            self._add(f"rule_{place}", _of_line(ACCOUNT, place), rule, None, _of_line(CALLED, place))
            self.fields[f"rule_{place}_nothing"] = forms.BooleanField(
                label=_of_line(NOTHING, place), required=False, initial=bool(rule) and not rule["account"]
            )

    def _add(self, name: str, label: Any, held: Mapping[str, str], usual: Booked | None, called: Any = CALLED) -> None:
        shown = {"account": usual.account if usual else "", "label": usual.name if usual else ""}
        for part, part_label in (("account", label), ("label", called)):
            self.fields[f"{name}_{part}"] = forms.CharField(
                label=part_label,
                required=False,
                max_length=TYPED,
                initial=held.get(part, ""),
                widget=forms.TextInput(attrs={"placeholder": shown[part]}),
            )

    def rule_rows(self) -> Iterator[tuple[int, list[tuple[Any, Any]], Any]]:
        """(number, its fields each with its heading, its checkbox) of each rule."""
        headings = {name: label for name, (label, _any, _choices) in NAMED.items()} | {
            "account": ACCOUNT,
            "label": CALLED,
        }
        for place in range(self.rules):
            fields = [(heading, self[f"rule_{place}_{name}"]) for name, heading in headings.items()]
            yield place + 1, fields, self[f"rule_{place}_nothing"]

    def other_rows(self) -> Iterator[tuple[Any, Any, Any]]:
        """(what, account, label) of the accounts besides."""
        for name, (label, _usual) in OTHERS.items():
            yield label, self[f"{name}_account"], self[f"{name}_label"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for place in self._filled():
            account, nothing = cleaned.get(f"rule_{place}_account"), cleaned.get(f"rule_{place}_nothing")
            if not account and not nothing and f"rule_{place}_account" not in self.errors:
                message = _("Give the account, tick “nothing is booked”, or empty the whole line.")
                self.add_error(f"rule_{place}_account", message)
            if account and nothing:
                self.add_error(f"rule_{place}_nothing", _("An account is given: either it or “nothing is booked”."))
        return cleaned

    def accounts(self) -> dict[str, Any]:
        """What `Charter.accounts` holds, of all that could be read."""
        others = {name: self._booked(name) for name in OTHERS}
        vat = {regime: others[f"vat_{regime}"] for regime in VAT_LABELS if others[f"vat_{regime}"]}
        rules = [self._rule(place) for place in self._filled()]
        said = {"receivable": others["receivable"], "vat": vat, "relief": rules}
        return {name: value for name, value in said.items() if value}

    def _booked(self, name: str) -> dict[str, str]:
        account, label = (self.cleaned_data.get(f"{name}_{part}", "") for part in ("account", "label"))
        if not label:
            return {"account": account} if account else {}
        return {"account": account, "label": label}  # without an account: the rule says that it is missing

    def _rule(self, place: int) -> dict[str, str]:
        names = (*NAMED, "label")
        said = {name: self.cleaned_data.get(f"rule_{place}_{name}", "") for name in names}
        account = self.cleaned_data.get(f"rule_{place}_account", "")
        return {"account": account} | {name: value for name, value in said.items() if value}

    def _filled(self) -> list[int]:
        """The rules of which anything is said."""
        names = (*NAMED, "account", "label", "nothing")
        return [n for n in range(self.rules) if any(self.cleaned_data.get(f"rule_{n}_{name}") for name in names)]

    def place_of(self, pointer: str) -> str | None:
        """`accounts/relief/<n>/account`, `accounts/vat/<regime>/label` -> the field: n counts the rules filled in."""
        first, *rest = pointer.split("/")
        if first != "accounts" or not rest:
            return None
        if rest[0] == "relief" and len(rest) > 1 and rest[1].isdecimal():
            filled = self._filled()
            name = f"rule_{filled[int(rest[1])]}" if int(rest[1]) < len(filled) else ""
        else:
            name = "_".join(rest[:-1])
        part = rest[-1] if f"{name}_{rest[-1]}" in self.fields else "account"
        return f"{name}_{part}" if f"{name}_{part}" in self.fields else None
