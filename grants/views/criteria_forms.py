"""A charter's criteria as form fields: what each asks is read from its own parameters, so a new one needs a label only.

What is typed becomes the JSON that `eligibility` validates; what it refuses comes back to the field it is about.
"""

import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass
from dataclasses import Field as Parameter
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from grants.eligibility import CRITERIA, LABELS, CriterionSpec, Month
from grants.eligibility.strict_json import stored_fields
from grants.forms import DayInput, EuroField

CENT: Final = Decimal("0.01")
UNREAD: Final = object()
"""Stands in a criterion for what couldn't be read: no rule takes it, so none judges the criterion as a whole."""
MOST_BLOCKS: Final = 40
PARAMETERS: Final[Mapping[str, Any]] = {
    "text": _("Order (its exact name)"),
    "starts_on": _("From"),
    "ends_on": _("Until"),
    "activities": _("Activities closed, one a line (none: any)"),
    "partial_opening_allowed": _("Delivery and take-away are allowed"),
    "months": _("Months, such as 2020-03, 2020-04"),
    "reference": _("Compared with"),
    "op": _("Comparison"),
    "threshold_bp": _("Loss in percent"),
    "reference_months": _("Reference months, such as 2019-03, 2019-04"),
    "young_if_started_after": _("Young business if started after"),
    "mean_until": _("Mean until (month)"),
    "n": _("Number of employees"),
    "cents": _("Amount in euros"),
    "nomenclature": _("Nomenclature"),
    "codes": _("NAF codes, one a line"),
    "proof_max_age_days": _("Age of the extract, in days at most"),
    "before": _("Before the day"),
    "at": _("Judged on (empty: the day of the opinion)"),
    "allowed": _("Proceedings that don't matter"),
    "max_cents": _("Arrears at most, in euros"),
    "regime": _("Aid regime"),
}
EXPLAINED: Final[Mapping[str, Any]] = {
    "closed_by_order": _("The premises were closed to the public by a named order, for a day at least in the period."),
    "turnover_loss": _("Turnover over the months fell by the percentage, against the reference."),
    "headcount": _("The number of employees is within the figure."),
    "annual_turnover": _("The turnover of the last closed year is within the amount."),
    "naf_in": _("The activity code is on the list; a code of the other nomenclature is to be verified."),
    "craft_registration": _("The business is registered as a craft business, by a recent extract if an age is given."),
    "lease_covers": _("The lease runs on the day of the opinion, without notice given, and ran in the months."),
    "started_before": _("The activity started before the day."),
    "not_in_proceedings": _("The business is not in insolvency proceedings."),
    "arrears_before": _("No more than the amount was owed on the eve of the day."),
    "other_aid_declared": _("Other aid is declared, if only to say that there is none."),
    "de_minimis": _("With the relief the undertaking stays within the cap of the aid regime over three years."),
}


def months(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").split()


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """How a parameter is typed, and read from and into JSON."""

    make: Any
    to_json: Any
    from_json: Any = _same


def kind_of(name: str, hint: Any) -> Kind:
    """The kind of field for a parameter, by its annotation; its name tells cents and basis points from counts."""
    if isinstance(hint, types.UnionType):
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) is tuple:
        return _list_kind(typing.get_args(hint)[0])
    if hint is bool:
        return Kind(forms.BooleanField, bool)
    if hint is date:
        return Kind(lambda **more: forms.DateField(widget=DayInput(), **more), date.isoformat, date.fromisoformat)
    if hint is int:
        return _number_kind(name)
    if isinstance(hint, type) and issubclass(hint, TextChoices):
        return Kind(lambda **more: forms.ChoiceField(choices=_choices(name, hint), **more), _same)
    return Kind(lambda **more: forms.CharField(max_length=200, **more), str.strip)


def _choices(name: str, hint: type[TextChoices]) -> list[tuple[str, Any]]:
    if name == "op":
        # The labels hold a place for the bound, which stands in the next field.
        return [(value, str(label) % {"bound": "…"}) for value, label in hint.choices]
    return list(hint.choices)


def _number_kind(name: str) -> Kind:
    if name.endswith("cents"):
        return Kind(
            lambda **more: EuroField(max_digits=14, decimal_places=2, min_value=0, localize=True, **more),
            lambda value: int(value * 100),
            lambda cents: Decimal(cents) * CENT,
        )
    if name.endswith("_bp"):
        return Kind(
            lambda **more: forms.DecimalField(
                max_digits=5, decimal_places=2, min_value=0, max_value=100, localize=True, **more
            ),
            lambda value: int(value * 100),
            lambda points: (Decimal(points) * CENT).normalize(),
        )
    return Kind(lambda **more: forms.IntegerField(min_value=0, max_value=2**31 - 1, **more), _same)


def _list_kind(hint: Any) -> Kind:
    if hint is Month:
        return Kind(lambda **more: forms.CharField(max_length=400, **more), months, ", ".join)
    if isinstance(hint, type) and issubclass(hint, TextChoices):
        return Kind(
            lambda **more: forms.MultipleChoiceField(choices=hint.choices, widget=forms.CheckboxSelectMultiple, **more),
            list,
        )
    return Kind(
        lambda **more: forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, **more),
        lines,
        "\n".join,
    )


def parameters_of(code: str) -> Iterator[tuple[str, Kind, bool]]:
    """(name, kind, whether it must be given) of each parameter of a criterion."""
    hints = typing.get_type_hints(CRITERIA[code])
    for parameter in stored_fields(CRITERIA[code]):
        yield parameter.name, kind_of(parameter.name, hints[parameter.name]), _is_needed(parameter)


def _is_needed(parameter: "Parameter[Any]") -> bool:
    return parameter.default is MISSING and parameter.default_factory is MISSING


class CriteriaForm(forms.Form):
    """A block for each criterion of a charter, and one for each kind that it doesn't have.

    The blocks of a form that was sent are those it says it has: the draft may have changed in another window.
    """

    blocks_shown = forms.CharField(widget=forms.HiddenInput, max_length=2000)

    def __init__(self, data: Any = None, *, specs: Sequence[CriterionSpec]) -> None:
        used = {spec.code for spec in specs}
        self.blocks = [*specs, *(CriterionSpec(code, {}) for code in CRITERIA if code not in used)]
        if data is not None:
            codes = data.get("blocks_shown", "").split(",")[:MOST_BLOCKS]
            self.blocks = [CriterionSpec(code, {}) for code in codes if code in CRITERIA]
        super().__init__(data, initial={"blocks_shown": ",".join(spec.code for spec in self.blocks)})
        for rank, spec in enumerate(self.blocks):
            self._add(rank, spec, applies=rank < len(specs))

    def _add(self, rank: int, spec: CriterionSpec, *, applies: bool) -> None:
        self.fields[f"criterion_{rank}"] = forms.BooleanField(
            label=LABELS[spec.code], required=False, initial=applies, help_text=EXPLAINED[spec.code]
        )
        self.fields[f"criterion_{rank}_article"] = forms.CharField(
            label=_("Article of the charter"), required=False, max_length=100, initial=spec.article
        )
        for name, kind, _needed in parameters_of(spec.code):
            held = spec.parameters.get(name)
            initial = None if held is None else kind.from_json(held)
            field = kind.make(label=PARAMETERS[name], required=False, initial=initial)
            self.fields[f"criterion_{rank}_{name}"] = field

    def shown(self) -> Iterator[dict[str, Any]]:
        """Each block: its checkbox, its fields, whether it is unfolded."""
        for rank, spec in enumerate(self.blocks):
            prefix = f"criterion_{rank}"
            names = ["article", *(name for name, _kind, _needed in parameters_of(spec.code))]
            fields = [self[f"{prefix}_{name}"] for name in names]
            box = self[prefix]
            wrong = any(field.errors for field in (box, *fields))
            yield {"box": box, "fields": fields, "open": wrong or bool(box.value())}

    def specs(self) -> list[CriterionSpec]:
        return [spec for _rank, spec in self._chosen()]

    def _chosen(self) -> Iterator[tuple[int, CriterionSpec]]:
        for rank, block in enumerate(self.blocks):
            prefix = f"criterion_{rank}"
            if not self.cleaned_data.get(prefix):
                continue
            given: dict[str, Any] = {}
            for name, kind, needed in parameters_of(block.code):
                if f"{prefix}_{name}" in self.errors:
                    given[name] = UNREAD
                    continue
                value = self.cleaned_data.get(f"{prefix}_{name}")
                if value in (None, "", []) and not needed:
                    continue
                # An empty text where one is needed: `eligibility` says what is missing.
                if value not in (None, ""):
                    given[name] = kind.to_json(value)
            yield rank, CriterionSpec(block.code, given, self.cleaned_data.get(f"{prefix}_article", "").strip())

    def place_of(self, pointer: str) -> str | None:
        """`criteria/<n>/parameters/<name>/…` -> the field it is about: n counts the criteria that apply."""
        parts = pointer.split("/")
        ranks = [rank for rank, _spec in self._chosen()]
        if parts[0] != "criteria" or not parts[1].isdecimal() or int(parts[1]) >= len(ranks):
            return None
        name = parts[-1] if parts[-1] == "article" else parts[3] if len(parts) > len(("c", "n", "p")) else ""
        field = f"criterion_{ranks[int(parts[1])]}" + (f"_{name}" if name else "")
        return field if field in self.fields else None
