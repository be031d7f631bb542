"""A draft as one form. Whatever can be read of it is kept, field by field; only what can't be stays to be mended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.actions.filing import NAME_LIMIT, Ask, Mandate
from grants.drafting.answers import ANSWERS, UNKNOWN, Answer, Known, amount, cents, choice, day, evidence_of, text
from grants.drafting.months import Calendar, Cell, calendars_of, rules_of_months
from grants.eligibility import FACT_SUPPLIER, FACTS, LABELS, Criterion, Supplier, parse_criteria
from grants.enums import AidRegime, Channel, MandateKind
from grants.forms import KeyedForm
from grants.models import Application
from grants.queries import criteria_of, facts_of

ABOUT_TENANT: Final = ("mandate_kind", "mandate_on", "contact_name", "contact_channel")


@dataclass(frozen=True, slots=True)
class CellFields:
    """A cell of the calendar with its two fields."""

    cell: Cell
    tick: BoundField
    amount: BoundField


@dataclass(frozen=True, slots=True)
class BoundBlock:
    """Fields that stand together, and rows of more that matter only where the answer is yes."""

    fields: list[BoundField]
    rows: list[list[BoundField]]


@dataclass(frozen=True, slots=True)
class Question:
    """A criterion as it is asked: its fields, and which of its facts are the landlord's to supply."""

    rank: int
    criterion: Criterion
    blocks: list[BoundBlock]
    from_landlord: list[str]
    from_roll: list[str]

    @property
    def label(self) -> str:
        return str(LABELS[self.criterion.code])


class DraftForm(KeyedForm):
    """`draft` is under the charter in force. `asked()` is what `filing.edit` takes, less what didn't change."""

    # A browser that fills a reloaded page in again would bring back the version and the key of the page before.
    version = forms.IntegerField(widget=forms.HiddenInput({"autocomplete": "off"}), min_value=0)
    key = forms.CharField(widget=forms.HiddenInput({"autocomplete": "off"}), max_length=200)

    def __init__(self, *args: Any, draft: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draft = draft
        self.facts = facts_of(draft)
        self.criteria = parse_criteria(criteria_of(draft.charter))
        self.calendars: list[Calendar] = calendars_of(draft)
        known = Known(self.criteria, draft.tenant, self.facts, draft.facts)
        self.answers: list[Answer] = [ANSWERS[fact](known) for fact in self.facts_asked() if fact in ANSWERS]
        self.fields["version"].initial = draft.version
        self.fields |= tenant_fields(draft)
        for cell in self.cells():
            self.fields |= cell_fields(cell)
        for answer in self.answers:
            self.fields |= answer.fields
        self._values: dict[str, Any] = {}

    def facts_asked(self) -> list[str]:
        """The facts that the criteria look at, in the charter's order."""
        needed = dict.fromkeys(fact for criterion in self.criteria for fact in criterion.needs)
        if self.draft.charter.aid_regime != AidRegime.OUTSIDE_STATE_AID:
            needed["de_minimis_aids"] = None
        return list(needed)

    def cells(self) -> Iterator[Cell]:
        for calendar in self.calendars:
            for _month, cells in calendar.rows:
                yield from cells

    # What the page shows.

    def tenant(self) -> list[BoundField]:
        return [self[name] for name in ABOUT_TENANT]

    def month_rules(self) -> list[str]:
        return rules_of_months(self.draft.charter.terms())

    def months(self) -> list[tuple[Calendar, list[tuple[date, list[CellFields]]]]]:
        return [
            (
                calendar,
                [
                    (
                        month,
                        [CellFields(cell, self[f"tick_{cell.name}"], self[f"amount_{cell.name}"]) for cell in cells],
                    )
                    for month, cells in calendar.rows
                ],
            )
            for calendar in self.calendars
        ]

    def questions(self) -> list[Question]:
        """Each criterion with the fields of its facts; a fact of two criteria is asked with the first."""
        left = {answer.fact: answer for answer in self.answers}
        found = []
        for rank, criterion in enumerate(self.criteria):
            mine = [left.pop(fact) for fact in criterion.needs if fact in left]
            others = [fact for fact in criterion.needs if fact not in ANSWERS]
            found.append(
                Question(
                    rank,
                    criterion,
                    self._bound(mine),
                    [str(FACTS[fact].label) for fact in others if FACT_SUPPLIER[fact] == Supplier.LANDLORD],
                    [str(FACTS[fact].label) for fact in others if FACT_SUPPLIER[fact] == Supplier.SIRENE],
                )
            )
        return found

    def more(self) -> list[BoundBlock]:
        """What the charter's aid regime asks, where no criterion does."""
        needed = {fact for criterion in self.criteria for fact in criterion.needs}
        return self._bound([answer for answer in self.answers if answer.fact not in needed])

    def _bound(self, answers: list[Answer]) -> list[BoundBlock]:
        return [
            BoundBlock([self[name] for name in block.names], [[self[name] for name in row] for row in block.rows])
            for answer in answers
            for block in answer.blocks()
        ]

    # What was typed.

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("mandate_kind") and not given.get("mandate_on") and "mandate_on" not in self.errors:
            self.add_error("mandate_on", _("Give the day of the mandate."))
        for cell in self.cells():
            if given.get(f"tick_{cell.name}") and f"amount_{cell.name}" not in self.errors and not self._amount(cell):
                self.add_error(f"amount_{cell.name}", _("Type the amount asked for this month."))
        for answer in self.answers:
            if not any(name in self.errors for name in answer.fields):
                self._values[answer.fact] = answer.read(given, self._refuse)
        return given

    def _refuse(self, field: str, sentence: Any) -> None:
        self.add_error(field, sentence)

    def _amount(self, cell: Cell) -> int | None:
        """What was typed; where nothing was, what is proposed."""
        typed = self.cleaned_data.get(f"amount_{cell.name}")
        return cell.proposed_cents if typed is None else cents(typed)

    def asked(self, *, tick_all: bool = False) -> dict[str, Any]:
        """What can be read and is not what the draft has; `tick_all`: with every month that can be had."""
        found: dict[str, Any] = {
            "lines": self.lines(tick_all=tick_all),
            "facts": self.declared(),
            "mandate": self.mandate(),
            "contact": self.contact(),
        }
        draft = self.draft
        before: dict[str, Any] = {
            "lines": [ask_of(cell) for cell in self.cells() if cell.line],
            "facts": draft.facts,
            "mandate": Mandate(draft.mandate_on, MandateKind(draft.mandate_kind)) if draft.mandate_on else None,
            "contact": (draft.contact_name, draft.contact_channel),
        }
        return {name: value for name, value in found.items() if value is not None and value != before[name]}

    @property
    def may_tick(self) -> bool:
        """Whether there is any month to be had."""
        return any(cell.why_not is None for cell in self.cells())

    def lines(self, *, tick_all: bool = False) -> list[Ask]:
        """The months asked for; where an amount can't be read, as they were."""
        return [ask for cell in self.cells() if (ask := self._ask(cell, tick_all=tick_all)) is not None]

    def _ask(self, cell: Cell, *, tick_all: bool) -> Ask | None:
        if self._unread(f"amount_{cell.name}"):
            return ask_of(cell) if cell.line else None
        ticked = self.cleaned_data.get(f"tick_{cell.name}") or (tick_all and cell.why_not is None)
        asked_cents = self._amount(cell) if ticked else None
        return Ask(cell.lease.pk, cell.month, cell.component.value, asked_cents) if asked_cents else None

    def declared(self) -> dict[str, Any]:
        """The facts as the file declares them. What isn't asked here, or can't be read, stays as it was."""
        facts = dict(self.draft.facts)
        evidence = dict(facts.pop("evidence", {}))
        for answer in self.answers:
            if any(self._unread(name) for name in answer.fields):
                continue
            facts.pop(answer.fact, None)
            evidence.pop(answer.fact, None)
            value = self._values.get(answer.fact, UNKNOWN)
            if value is not UNKNOWN:
                facts[answer.fact] = value
            if proof := evidence_of(answer, self.cleaned_data):
                evidence[answer.fact] = proof
        return facts | ({"evidence": evidence} if evidence else {})

    def mandate(self) -> Mandate | None:
        kind, on = self.cleaned_data.get("mandate_kind"), self.cleaned_data.get("mandate_on")
        if not kind or on is None or self._unread("mandate_kind"):
            return None
        return Mandate(on, MandateKind(kind))

    def contact(self) -> tuple[str, str] | None:
        if self._unread("contact_name") or self._unread("contact_channel"):
            return None
        return self.cleaned_data["contact_name"], self.cleaned_data["contact_channel"]

    def _unread(self, name: str) -> bool:
        return name in self.errors


def people_of(draft: Application) -> list[str]:
    """Whom the rent roll names of the business, for the browser to propose; the chamber reads it with the mandate."""
    if draft.mandate_on is None:
        return []
    return sorted(draft.tenant.contacts.exclude(name="").values_list("name", flat=True))


def tenant_fields(draft: Application) -> dict[str, forms.Field]:
    kinds = [(kind.value, kind.label) for kind in MandateKind]
    channels = [("", _("choose")), *((channel.value, channel.label) for channel in Channel)]
    return {
        "mandate_kind": choice(_("Mandate to file"), kinds, draft.mandate_kind, radio=True),
        "mandate_on": day(_("Given on"), draft.mandate_on or timezone.localdate()),
        "contact_name": text(_("Who speaks for the business"), draft.contact_name, NAME_LIMIT, proposed="people"),
        "contact_channel": choice(_("How they were in touch"), channels, draft.contact_channel),
    }


def cell_fields(cell: Cell) -> dict[str, forms.Field]:
    asked_cents = cell.line.asked_cents if cell.line else cell.proposed_cents
    return {
        f"tick_{cell.name}": forms.BooleanField(label=cell.label, required=False, initial=cell.line is not None),
        f"amount_{cell.name}": amount(cell.label, asked_cents, named=True),
    }


def ask_of(cell: Cell) -> Ask:
    """A line as the draft has it."""
    assert cell.line is not None  # noqa: S101 - asked of cells with a line only
    return Ask(cell.lease.pk, cell.month, cell.component.value, cell.line.asked_cents)
