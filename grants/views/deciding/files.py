"""What the pages show of a file to who reads it: facts beside rules, months beside rents, money beside caps."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from grants import ledger, queries
from grants.actions.assessment import judge
from grants.actions.available import available_actions
from grants.charter_rules import Terms
from grants.document_kinds import PROVES, kind_label
from grants.eligibility import CRITERIA, FACTS, Facts, Proceedings, facts_from_json, in_words, parse_criterion
from grants.enums import Action, LineState, Outcome
from grants.exceptions import BadInput, Breach
from grants.models import Application, Document, ReliefLine
from grants.money import share_of
from grants.views.deciding.facts import fact_texts
from grants.visibility import Reader, documents_visible_to, visible_facts, visible_findings

if TYPE_CHECKING:
    from fundadmin.models import User


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as its reader sees it, part by part; no part where nobody knows it yet. `proof`: what it rests on."""

    label: str
    supplier: str
    parts: Sequence[str]
    proof: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A criterion of the charter beside the facts it looks at. `finding`: what `visibility` gives of it."""

    finding: Mapping[str, Any]
    asks: str
    """What it asks for, in a sentence; empty where today's rules no longer read it."""
    facts: Sequence[Fact]
    documents: Sequence[Document]

    @property
    def code(self) -> str:
        return str(self.finding["code"])

    @property
    def note_settles(self) -> bool:
        """Whether a note of this reader's may settle it."""
        return bool(self.finding["outcome"] == Outcome.TO_VERIFY and not self.finding["hidden"])


def rules_today(application: Application, reader: Reader, user: "User") -> list[Rule]:
    """Each criterion judged on what is known today."""
    _findings, record = judge(application, timezone.localdate())
    return rules_of(record, reader, documents_of(application, user))


def rules_of(
    record: Mapping[str, Any], reader: Reader, documents: Sequence[Document], notes: Mapping[str, str] | None = None
) -> list[Rule]:
    """The criteria of a record, as an opinion keeps it, as far as they are this reader's; an erased one has none."""
    facts = facts_from_json(visible_facts(record.get("facts", {}), reader))
    asked = asked_by(record)
    return [
        Rule(finding, asked.get(finding["code"], ""), _facts_of(finding, facts), _evidence_of(finding, documents))
        for finding in visible_findings(record, reader, resolved=notes)
    ]


def asked_by(record: Mapping[str, Any]) -> dict[str, str]:
    """What each criterion of a record asks for, by its code."""
    asked = {}
    for spec in record.get("specs", ()):
        with suppress(BadInput):
            asked[spec["code"]] = in_words(parse_criterion(spec["code"], spec["parameters"]))
    return asked


def _facts_of(finding: Mapping[str, Any], facts: Facts) -> list[Fact]:
    if finding["hidden"]:
        return []
    needs = CRITERIA[finding["code"]].needs
    return [_fact_of(name, facts) for name in needs if not (name == "proceedings_opened_on" and no_opening(facts))]


def _fact_of(name: str, facts: Facts) -> Fact:
    kind, proof = FACTS[name], facts.evidence.get(name)
    parts = fact_texts(name, getattr(facts, name))
    return Fact(str(kind.label), str(kind.supplier.label), parts, str(proof.label) if proof else "")


def no_opening(facts: Facts) -> bool:
    """Whether there is no day to know, since no proceedings are known."""
    return facts.proceedings_opened_on is None and facts.proceedings in (None, Proceedings.NONE)


def _evidence_of(finding: Mapping[str, Any], documents: Iterable[Document]) -> list[Document]:
    """The documents whose kind may prove one of the facts that a criterion looks at."""
    needs = CRITERIA[finding["code"]].needs
    kinds = {str(evidence) for name in needs for evidence in FACTS[name].evidence}
    kinds |= {kind for kind, fact in PROVES.items() if fact in needs}
    return [document for document in documents if document.kind in kinds]


def documents_of(application: Application, user: "User") -> list[Document]:
    """Those this person may read, each with its kind in words."""
    documents = list(documents_visible_to(user).filter(application=application).order_by("pk"))
    for document in documents:
        document.kind_label = kind_label(document.kind)  # type: ignore[attr-defined] # for the template
    return documents


def communes_of(lines: Sequence[ReliefLine]) -> str:
    """Where the premises of these lines are."""
    return ", ".join(sorted({line.premises.commune for line in lines} - {""}))


@dataclass(frozen=True, slots=True)
class Month:
    """A relief line beside the rent called for it, in cents of the charter's basis; None where it isn't shown."""

    line: ReliefLine
    called_cents: int | None
    most_cents: int | None


def months_of(application: Application, reader: Reader, *states: LineState) -> list[Month]:
    """The file's lines in these states (all, where none is named), with the rents this reader may see."""
    rows = application.lines.select_related("lease", "premises")
    lines = sorted(rows.filter(state__in=states) if states else rows, key=attrgetter("place"))
    charter = application.charter
    called = queries.dues_of(lines, charter.caps_basis)
    shown = reader.reads_rents(mandate=application.mandate_on is not None)
    months = []
    for line in lines:
        due = called.get((line.lease_id, line.month, line.component), 0) if shown else None
        months.append(Month(line, due, None if due is None else share_of(due, charter.rent_call_rate_bp)))
    return months


@dataclass(frozen=True, slots=True)
class Cap:
    """A cap of the charter for one undertaking or lease: what it holds already elsewhere, what this file adds."""

    label: str
    cap_cents: int
    held_cents: int
    new_cents: int
    term: str
    """What the charter calls it."""

    @property
    def left_cents(self) -> int:
        return self.cap_cents - self.held_cents - self.new_cents


@dataclass(frozen=True, slots=True)
class Money:
    """What a file meets: the caps of its charter and what its fund has left."""

    caps: Sequence[Cap]
    position: Any
    free_cents: int
    granted_elsewhere_cents: int
    threshold_cents: int | None
    terms: Terms

    @property
    def undecided_cents(self) -> int:
        """What the ceiling leaves above what is granted for good."""
        return int(self.position.ceiling_cents - self.position.committed_cents - self.position.credited_cents)


def money_of(application: Application, lines: Sequence[ReliefLine], cents: Mapping[int, int]) -> Money:
    """The money around a file that would get these cents by line."""
    terms, elsewhere = application.charter.terms(), queries.held_elsewhere(application)
    position = ledger.position(application.fund_id)
    caps = []
    if terms.cap_per_siren_cents is not None:
        held, new = elsewhere.held_cents, sum(cents.values())
        caps.append(Cap(_("Per business"), terms.cap_per_siren_cents, held, new, "cap_per_siren"))
    if terms.cap_per_lease_cents is not None:
        leases = {line.lease_id: line.lease.reference for line in lines}
        for lease, reference in leases.items():
            new = sum(cents.get(line.pk, 0) for line in lines if line.lease_id == lease)
            held = elsewhere.held_by_lease.get(lease, 0)
            label = _("Lease %(lease)s") % {"lease": reference}
            caps.append(Cap(label, terms.cap_per_lease_cents, held, new, "cap_per_lease"))
    return Money(
        caps=caps,
        position=position,
        free_cents=queries.free_for(application, position.available_cents),
        granted_elsewhere_cents=elsewhere.granted_cents,
        threshold_cents=terms.second_visa_threshold_cents,
        terms=terms,
    )


@dataclass(frozen=True, slots=True)
class Way:
    """Another step than the one the page is about, for who may take it."""

    label: str
    href: str


def ways_out(application: Application, refused: Mapping[Action, Sequence[Breach]], *actions: Action) -> list[Way]:
    """The pages of these other steps, those that are possible now."""
    return [
        Way(str(action.label), reverse("grants:act", args=[application.uuid, action]))
        for action in actions
        if not refused[action]
    ]


def refusals_of(application: Application, user: "User", *actions: Action) -> dict[Action, tuple[Breach, ...]]:
    """For each of these actions, why the person can't take it now; nothing where they can."""
    told = {one.action: one.breaches for one in available_actions(application, user)}
    return {action: told[action] for action in actions}
