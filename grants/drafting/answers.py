"""The questions of a charter's criteria: fields for each fact that the tenant or the chamber supplies, and back.

Each `Answer` edits one fact. Nothing answered leaves it unknown; what the landlord supplies is never asked here.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from grants.eligibility import FACTS, AidStatus, Criterion, Evidence, Facts, Month, Proceedings
from grants.eligibility.business import ClosedByOrder
from grants.eligibility.turnover import TurnoverLoss
from grants.enums import AidRegime
from grants.forms import CENT, DayInput, EuroField
from landlords.models import TenantBusiness

UNKNOWN: Final = object()
YES, NO, SOME, NONE = "yes", "no", "some", "none"
SPARE_ROWS: Final = 2
Fields = dict[str, forms.Field]
Refuse = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class Known:
    """What the questions are asked about. `facts`: all that is known; `stored`: what the file declares, as JSON."""

    criteria: Sequence[Criterion]
    tenant: TenantBusiness
    facts: Facts
    stored: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """A question's fields by name, and rows of more that matter only where the answer is yes."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()


class Answer(ABC):
    """One fact and its fields. `names` are those of its fields, once they are made."""

    fact: ClassVar[str]
    proved: ClassVar[bool] = False

    def __init__(self, known: Known) -> None:
        self.known = known
        self.fields: Fields = self.make()
        if self.proved:
            self.fields[f"evidence_{self.fact}"] = choice(
                _("On what it rests"),
                [("", _("not known yet")), *((proof.value, proof.label) for proof in FACTS[self.fact].evidence)],
                known.stored.get("evidence", {}).get(self.fact, ""),
            )

    @abstractmethod
    def make(self) -> Fields: ...

    def blocks(self) -> list[Block]:
        """How its fields stand on the page."""
        return [Block(tuple(self.fields))]

    @abstractmethod
    def read(self, given: Mapping[str, Any], refuse: Refuse) -> Any:
        """The fact as JSON, or UNKNOWN. `refuse(field, sentence)`: what can't be used."""

    def value(self) -> Any:
        """What is known of the fact."""
        return getattr(self.known.facts, self.fact)


def choice(label: Any, choices: Iterable[tuple[str, Any]], initial: object, *, radio: bool = False) -> forms.Field:
    widget = forms.RadioSelect() if radio else forms.Select()
    return forms.ChoiceField(label=label, choices=list(choices), initial=initial or "", required=False, widget=widget)


def day(label: Any, initial: date | None = None, help_text: Any = "") -> forms.Field:
    return forms.DateField(label=label, initial=initial, required=False, widget=DayInput(), help_text=help_text)


def text(label: Any, initial: str = "", limit: int = 200, *, proposed: str = "") -> forms.Field:
    """`proposed`: the list of the page from which the browser proposes."""
    widget = forms.TextInput({"list": proposed, "autocomplete": "off"} if proposed else {})
    return forms.CharField(label=label, initial=initial, max_length=limit, required=False, widget=widget)


def amount(label: Any, cents: int | None = None, *, named: bool = False) -> EuroField:
    """`named`: it stands in a table, without a label of its own."""
    attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "amount"}
    return EuroField(
        label=label,
        initial=None if cents is None else Decimal(cents) * CENT,
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs=attrs | ({"aria-label": label} if named else {})),
    )


def cents(value: Decimal) -> int:
    return int(value * 100)


class Closures(Answer):
    fact = "closures"

    def orders(self) -> list[ClosedByOrder]:
        return [criterion for criterion in self.known.criteria if isinstance(criterion, ClosedByOrder)]

    def make(self) -> Fields:
        fields: Fields = {}
        declared = {closure.text.casefold(): closure for closure in self.value() or ()}
        for n, order in enumerate(self.orders()):
            closure = declared.get(order.text.casefold())
            answered = YES if closure else "" if self.value() is None else NO
            choices = [(YES, _("yes")), (NO, _("no")), ("", _("not known yet"))]
            question = _("Closed to the public by “%(order)s”?") % {"order": order.text}
            fields[f"closed_{n}"] = choice(question, choices, answered, radio=True)
            fields[f"closed_{n}_from"] = day(_("Closed from"), closure.starts_on if closure else order.starts_on)
            fields[f"closed_{n}_until"] = day(
                _("Until"), closure.ends_on if closure else None, _("Leave it empty while still closed.")
            )
            if order.activities:
                activities = [("", _("choose")), *((activity, activity) for activity in order.activities)]
                fields[f"closed_{n}_activity"] = choice(_("Activity"), activities, closure.activity if closure else "")
            fields[f"closed_{n}_partial"] = forms.BooleanField(
                label=_("Opened in part (takeaway, orders)"),
                initial=closure.partial_opening if closure else False,
                required=False,
            )
        return fields

    def blocks(self) -> list[Block]:
        return [
            Block((f"closed_{n}",), (tuple(name for name in self.fields if name.startswith(f"closed_{n}_")),))
            for n, _order in enumerate(self.orders())
        ]

    def read(self, given: Mapping[str, Any], refuse: Refuse) -> Any:
        answers = [given.get(f"closed_{n}", "") for n, _order in enumerate(self.orders())]
        if not any(answers):
            return UNKNOWN
        return [self._closure(n, order, given, refuse) for n, order in enumerate(self.orders()) if answers[n] == YES]

    def _closure(self, n: int, order: ClosedByOrder, given: Mapping[str, Any], refuse: Refuse) -> dict[str, Any]:
        starts_on, ends_on = given.get(f"closed_{n}_from") or order.starts_on, given.get(f"closed_{n}_until")
        if ends_on is not None and ends_on < starts_on:
            refuse(f"closed_{n}_until", _("The end comes before the start: correct one of the two dates."))
        closure = {
            "text": order.text,
            "activity": given.get(f"closed_{n}_activity", ""),
            "starts_on": starts_on.isoformat(),
            "partial_opening": bool(given.get(f"closed_{n}_partial")),
        }
        return closure | ({"ends_on": ends_on.isoformat()} if ends_on else {})


class Turnover(Answer):
    fact = "turnover_by_month"
    proved = True

    def months(self) -> list[Month]:
        started_on = self.known.facts.started_on
        losses = [criterion for criterion in self.known.criteria if isinstance(criterion, TurnoverLoss)]
        return sorted({month for loss in losses for month in loss.months_asked(started_on)})

    def make(self) -> Fields:
        known = self.value() or {}
        return {f"turnover_{month}": amount(month_name(month), known.get(month)) for month in self.months()}

    def read(self, given: Mapping[str, Any], refuse: Refuse) -> Any:
        asked = {month: given.get(f"turnover_{month}") for month in self.months()}
        kept = {month: sum_ for month, sum_ in self.known.stored.get(self.fact, {}).items() if month not in asked}
        found = kept | {month: cents(sum_) for month, sum_ in asked.items() if sum_ is not None}
        return found or UNKNOWN


class AnnualTurnover(Answer):
    fact = "annual_turnover_cents"
    proved = True

    def make(self) -> Fields:
        return {"annual_turnover": amount(_("Turnover of the last closed year, without VAT"), self.value())}

    def read(self, given: Mapping[str, Any], refuse: Refuse) -> Any:
        found = given.get("annual_turnover")
        return UNKNOWN if found is None else cents(found)


class FromTheRoll(Answer):
    """A fact that the rent roll may hold already: only what differs from it is declared in the file."""

    def in_the_roll(self) -> Any:
        return getattr(self.known.tenant, self.fact)

    def unless_in_the_roll(self, value: Any) -> Any:
        return UNKNOWN if value in (None, "") or value == self.in_the_roll() else json_of(value)


class Headcount(FromTheRoll):
    fact = "headcount"

    def make(self) -> Fields:
        field = forms.IntegerField(
            label=_("Employees"), initial=self.value(), min_value=0, max_value=100_000, required=False
        )
        return {"headcount": field}

    def read(self, given: Mapping[str, Any], refuse: Refuse) -> Any:
        return self.unless_in_the_roll(given.get("headcount"))


class StartedOn(FromTheRoll):
    fact = "started_on"

    def make(self) -> Fields:
        return {"started_on": day(_("Start of activity"), self.value())}

    def read(self, given: Mapping[str, Any], refuse: Refuse) -> Any:
        return self.unless_in_the_roll(given.get("started_on"))


class CraftRegistered(FromTheRoll):
    fact = "craft_registered"

    def make(self) -> Fields:
        initial = {True: YES, False: NO, None: ""}[self.value()]
        choices = [(YES, _("yes")), (NO, _("no")), ("", _("not known yet"))]
        return {"craft_registered": choice(_("Registered as a craft business?"), choices, initial, radio=True)}

    def read(self, given: Mapping[str, Any], refuse: Refuse) -> Any:
        return self.unless_in_the_roll({YES: True, NO: False}.get(given.get("craft_registered", "")))


class CraftProof(FromTheRoll):
    fact = "craft_proof_on"

    def make(self) -> Fields:
        return {"craft_proof_on": day(_("Extract of the RNE dated"), self.value())}

    def in_the_roll(self) -> Any:
        return self.known.tenant.rne_extract_on

    def read(self, given: Mapping[str, Any], refuse: Refuse) -> Any:
        return self.unless_in_the_roll(given.get("craft_proof_on"))


class InProceedings(Answer):
    fact = "proceedings"

    def make(self) -> Fields:
        choices = [("", _("not known yet")), *((kind.value, kind.label) for kind in Proceedings)]
        return {"proceedings": choice(_("Insolvency proceedings"), choices, self.value())}

    def read(self, given: Mapping[str, Any], refuse: Refuse) -> Any:
        return given.get("proceedings") or UNKNOWN


class ProceedingsOpened(Answer):
    fact = "proceedings_opened_on"

    def make(self) -> Fields:
        return {"proceedings_opened_on": day(_("Opened on"), self.value())}

    def read(self, given: Mapping[str, Any], refuse: Refuse) -> Any:
        found = given.get("proceedings_opened_on")
        return UNKNOWN if found is None else json_of(found)


class Rows(Answer):
    """A list that may be declared empty: a question, and rows of which as many as are filled in count."""

    prefix: ClassVar[str]
    question: ClassVar[Any]
    required: ClassVar[tuple[str, ...]]

    @abstractmethod
    def row(self, held: Any) -> Fields:
        """The fields of one row by their names' last part, as they stand in `held` (None: an empty one)."""

    @abstractmethod
    def stored(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """One row as JSON."""

    def make(self) -> Fields:
        held = self.value()
        answered = "" if held is None else SOME if held else NONE
        choices = [(NONE, _("none")), (SOME, _("yes, these:")), ("", _("not known yet"))]
        fields: Fields = {f"{self.prefix}_any": choice(self.question, choices, answered, radio=True)}
        for n, row in enumerate([*(held or ()), *[None] * SPARE_ROWS]):
            fields |= {f"{self.prefix}_{n}_{name}": field for name, field in self.row(row).items()}
        return fields

    def blocks(self) -> list[Block]:
        first, *names = self.fields
        width = len(self.row(None))
        rows = (tuple(names[start : start + width]) for start in range(0, len(names), width))
        return [Block((first,), tuple(rows))]

    def read(self, given: Mapping[str, Any], refuse: Refuse) -> Any:
        found = []
        parts = list(self.row(None))
        for n in range((len(self.fields) - 1) // len(parts)):
            row = {part: given.get(f"{self.prefix}_{n}_{part}") for part in parts}
            if not any(value not in (None, "") for value in row.values()):
                continue
            missing = [part for part in self.required if row[part] in (None, "")]
            for part in missing:
                refuse(f"{self.prefix}_{n}_{part}", _("Fill this in, or empty the whole row."))
            if not missing:
                found.append(self.stored(row))
        if found:
            return found
        return [] if given.get(f"{self.prefix}_any") == NONE else UNKNOWN


class OtherAids(Rows):
    fact = "other_aid"
    prefix = "aid"
    question = _("Other aid asked for, granted or refused for the same months?")
    required = ("name", "status")

    def row(self, held: Any) -> Fields:
        statuses = [("", _("choose")), *((status.value, status.label) for status in AidStatus)]
        return {
            "name": text(_("Which aid"), held.name if held else ""),
            "period": text(_("Period"), held.period if held else "", 60),
            "status": choice(_("State"), statuses, held.status if held else ""),
            "amount": amount(_("Amount"), held.amount_cents if held else None),
        }

    def stored(self, given: Mapping[str, Any]) -> dict[str, Any]:
        row = {"name": given["name"], "period": given["period"] or "", "status": given["status"]}
        return row if given["amount"] is None else row | {"amount_cents": cents(given["amount"])}


class DeMinimis(Rows):
    fact = "de_minimis_aids"
    prefix = "minimis"
    question = _("De minimis aid granted in the last three years?")
    required = ("on", "amount", "regime")

    def value(self) -> Any:
        """Only what the tenant declared: what our funds granted counts by itself."""
        held = self.known.stored.get(self.fact)
        declared = [aid for aid in self.known.facts.de_minimis_aids or () if aid.source == "declared"]
        return None if held is None else declared

    def row(self, held: Any) -> Fields:
        outside = (AidRegime.OUTSIDE_STATE_AID, AidRegime.OTHER)
        regimes = [("", _("choose")), *((regime.value, regime.label) for regime in AidRegime if regime not in outside)]
        return {
            "on": day(_("Granted on"), held.granted_on if held else None),
            "amount": amount(_("Amount"), held.gross_cents if held else None),
            "regime": choice(_("Regulation"), regimes, held.regime if held else ""),
            "grantor": text(_("Granted by"), held.grantor if held else "", 100),
        }

    def stored(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "granted_on": given["on"].isoformat(),
            "gross_cents": cents(given["amount"]),
            "regime": given["regime"],
            "grantor": given["grantor"] or "",
        }


ANSWERS: Final[Mapping[str, type[Answer]]] = {
    kind.fact: kind
    for kind in (
        *(Closures, Turnover, AnnualTurnover, Headcount, StartedOn, CraftRegistered, CraftProof),
        *(InProceedings, ProceedingsOpened, OtherAids, DeMinimis),
    )
}
"""Facts that an advisor answers for; a fact that is not here is read in the rent roll or supplied by the landlord."""


def json_of(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def month_name(month: Month) -> str:
    return date_format(date.fromisoformat(f"{month}-01"), "F Y")


def evidence_of(answer: Answer, given: Mapping[str, Any]) -> str:
    found = given.get(f"evidence_{answer.fact}", "")
    return found if found in Evidence.values else ""
