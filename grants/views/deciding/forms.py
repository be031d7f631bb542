"""What the deciding pages ask. The rules are the actions'; here is what can't be read, and where a reason belongs."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants.actions.crediting import Voucher
from grants.actions.reversal import REASONS
from grants.crediting_rules import REFERENCE_LIMIT
from grants.enums import REASONS_WITH_NOTICE, Opinion, ReliefForm, RequestKind, ReversalReason
from grants.forms import DayInput, EuroField, KeyedForm, offer
from grants.money import euros

if TYPE_CHECKING:
    from grants.exceptions import ActionRefused
    from grants.models import Application, ReliefLine
    from grants.views.deciding.files import Rule

LEAST: Final = Decimal(0)
REASON_LIMIT: Final = 2000  # characters
CENTS: Final = 100


def euros_of(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def cents_of(euros: Decimal) -> int:
    return int(euros * CENTS)


def amount_field(label: str, cents: int) -> EuroField:
    """An amount in euros, filled in; it is never negative."""
    return EuroField(
        label=label,
        min_value=LEAST,
        max_digits=14,
        decimal_places=2,
        localize=True,
        initial=euros_of(cents),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "amount"}),
    )


def line_name(line: "ReliefLine") -> str:
    """A line as a label names it: month, component, lease."""
    return f"{date_format(line.month, 'YEAR_MONTH_FORMAT')}, {line.get_component_display()}, {line.lease}"


def priced(lines: "Sequence[ReliefLine]") -> list[tuple[int, str]]:
    """The approved lines to tick, each with its amount."""
    return [(line.pk, f"{line_name(line)} ({euros(line.approved_cents or 0)})") for line in lines]


class FileForm(KeyedForm):
    """A form about one file as somebody read it: another version of the file is another question."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    prefixes: Mapping[str, str] = {}
    """The beginning of an action's pointer -> that of the field it is about, e.g. `amounts/12` -> `amount_12`."""

    def __init__(self, *args: Any, application: "Application", **kwargs: Any) -> None:
        self.application = application
        kwargs.setdefault("initial", {})
        kwargs["initial"] = {"key": str(uuid4()), "version": application.version} | kwargs["initial"]
        super().__init__(*args, **kwargs)

    def refuse(self, refusal: "ActionRefused") -> None:
        """Show an action's reasons where they belong."""
        for breach in refusal.breaches:
            place = self.place_of(breach.pointer)
            self.add_error(place if place in self.fields else None, str(breach))

    def place_of(self, pointer: str) -> str:
        for start, field in self.prefixes.items():
            if pointer.startswith(start):
                return field + pointer.removeprefix(start)
        return self.places.get(pointer, pointer)

    def asked_of(self) -> "Application":
        """The file, in the version that was read."""
        self.application.expected_version = self.cleaned_data["version"]
        return self.application


class AmountsForm(FileForm):
    """An amount for each line, and the declaration of no conflict of interest."""

    no_conflict = forms.BooleanField(
        label=gettext_lazy("I declare that I have no conflict of interest in this application."), required=False
    )

    prefixes = {"amounts/": "amount_"}

    def __init__(self, *args: Any, lines: "Sequence[ReliefLine]", cents: Mapping[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"amount_{line.pk}"] = amount_field(line_name(line), cents[line.pk])

    def amounts(self) -> dict[int, int]:
        """Line id -> cents."""
        return {line.pk: cents_of(self.cleaned_data[f"amount_{line.pk}"]) for line in self.lines}

    def amount_fields(self) -> dict[int, forms.BoundField]:
        return {line.pk: self[f"amount_{line.pk}"] for line in self.lines}


class AssessForm(AmountsForm):
    """An opinion: the amounts and the notes of a favourable one, the reason of an unfavourable one."""

    opinion = forms.ChoiceField(label=gettext_lazy("Opinion"), choices=Opinion.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("Reason of an unfavourable opinion"),
        help_text=gettext_lazy("At least 20 characters. The landlord reads it, as far as it rests on what both see."),
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    prefixes = {"amounts/": "amount_", "criteria/": "note_", "resolved/": "note_"}

    def __init__(self, *args: Any, rules: "Sequence[Rule]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [rule.code for rule in rules if rule.note_settles]
        for rule in rules:
            if rule.note_settles:
                self.fields[f"note_{rule.code}"] = forms.CharField(
                    label=_("Note that settles “%(criterion)s”") % {"criterion": rule.finding["label"]},
                    help_text=_("Without it a favourable opinion is not possible."),
                    required=False,
                    max_length=REASON_LIMIT,
                    widget=forms.Textarea(attrs={"rows": 2}),
                )
                # It may stay empty, and not for whoever gives a favourable opinion: the label says which.
                self.fields[f"note_{rule.code}"].needed_for = _("needed for a favourable opinion")  # type: ignore[attr-defined]

    def notes(self) -> dict[str, str]:
        """Criterion -> the note that settles it."""
        given = {code: self.cleaned_data[f"note_{code}"].strip() for code in self.codes}
        return {code: note for code, note in given.items() if note}

    def note_fields(self) -> dict[str, forms.BoundField]:
        return {code: self[f"note_{code}"] for code in self.codes}


class MotiveInput(forms.TextInput):
    """A text whose browser proposes standard sentences, each of which may be edited."""

    def __init__(self) -> None:
        super().__init__(attrs={"list": "motives", "autocomplete": "off"})


class ApproveForm(AmountsForm):
    """A visa: each line's amount, and why where less is granted than proposed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason, where less is granted than proposed"),
        help_text=gettext_lazy(
            "Choose a standard sentence and complete it, or write your own (20 characters or more)."
        ),
        required=False,
        max_length=REASON_LIMIT,
        widget=MotiveInput(),
    )


class CreditForm(FileForm):
    """The lines that one voucher covers, and the voucher."""

    lines = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Lines credited by this voucher"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    form = forms.ChoiceField(label=gettext_lazy("Form of the relief"), choices=ReliefForm.choices)
    ref = forms.CharField(label=gettext_lazy("Number of the voucher"), max_length=REFERENCE_LIMIT)
    dated = forms.DateField(label=gettext_lazy("Date of the voucher"), widget=DayInput())
    applied_to_notice = forms.CharField(
        label=gettext_lazy("Rent call it is deducted on"), max_length=REFERENCE_LIMIT, required=False
    )

    places = {
        "voucher/ref": "ref",
        "voucher/on": "dated",
        "voucher/form": "form",
        "voucher/applied_to_notice": "applied_to_notice",
    }

    def __init__(self, *args: Any, choices: "Sequence[ReliefLine]", **kwargs: Any) -> None:
        initial = {"dated": timezone.localdate(), "lines": [line.pk for line in choices]}
        super().__init__(*args, initial=initial, **kwargs)
        offer(self, "lines", priced(choices))

    def place_of(self, pointer: str) -> str:
        return "lines" if pointer.startswith("lines/") else super().place_of(pointer)

    def voucher(self) -> Voucher:
        given = self.cleaned_data
        return Voucher(ReliefForm(given["form"]), given["ref"], given["dated"], given["applied_to_notice"])


class UndoForm(FileForm):
    """A payer's request to undo: what, which lines, why, and the notice where the reason needs one."""

    kind = forms.ChoiceField(label=gettext_lazy("What is asked"), choices=RequestKind.choices, widget=forms.RadioSelect)
    lines = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Lines concerned"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=ReversalReason.choices)
    notice_sent_on = forms.DateField(
        label=gettext_lazy("Notice sent to the tenant on"), widget=DayInput(), required=False
    )

    def __init__(
        self, *args: Any, choices: "Sequence[ReliefLine]", kinds: Sequence[RequestKind], **kwargs: Any
    ) -> None:
        super().__init__(*args, initial={"kind": kinds[0] if len(kinds) == 1 else None}, **kwargs)
        offer(self, "lines", priced(choices))
        offer(self, "kind", ((kind.value, kind.label) for kind in kinds))
        possible = [reason for reason in ReversalReason if any(reason in REASONS[kind] for kind in kinds)]
        offer(self, "reason", ((reason.value, reason.label) for reason in possible))

    def place_of(self, pointer: str) -> str:
        return "lines" if pointer.startswith("lines/") else super().place_of(pointer)

    @staticmethod
    def with_notice() -> list[str]:
        """The reasons that need a notice first."""
        return [str(reason.label) for reason in ReversalReason if reason in REASONS_WITH_NOTICE]


class SettleForm(KeyedForm):
    """Confirm or refuse a request; refusing takes a reason."""

    answer = forms.ChoiceField(choices=[("confirm", ""), ("refuse", "")])
    reason = forms.CharField(
        label=gettext_lazy("Reason of a refusal"),
        help_text=gettext_lazy("At least 20 characters; the payer reads it."),
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
