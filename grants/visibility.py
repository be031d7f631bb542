"""Who sees what (design §10). Pages, the API, exports, search and history ask here, and nowhere else.

- **Chamber only**: what could weigh on a lease, a tenant's turnover above all. The landlord reads the finding, who
  verified it and when. Whoever has a role of the landlord's in the fund is the landlord here, whatever else they are.
- **Rents** (calls, arrears, moratoria) and a tenant's contacts: the landlord's, and the chamber's once an application
  of that tenant records its mandate.
- An auditor of a side reads as that side. An external auditor reads both sides of what was filed in its fund; every
  read is logged (`grants.actions.reading`).
- What somebody wrote, they may read.

Rows are `..._visible_to(user)`; what they hold is `visible_...(…, reader)`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from grants.eligibility import CRITERIA, FACTS, LABELS, Finding, finding_from_json
from grants.enums import (
    CHAMBER_LETTERS,
    Action,
    FundStep,
    Opinion,
    Outcome,
    Role,
    SampleState,
    Side,
    State,
    Visibility,
)
from grants.models import (
    Application,
    Assessment,
    Comment,
    Document,
    Event,
    FundMember,
    Letter,
    Sample,
    SampleItem,
)
from grants.permissions import within
from grants.queries import counting_on, held_by
from landlords.models import Contact, Landlord, Lease, Premises, RentCall, TenantBusiness

if TYPE_CHECKING:
    from fundadmin.models import User

RENT_FACTS: Final = frozenset({"arrears_cents", "arrears_on"})
"""Facts that are rents: the chamber reads them with the tenant's mandate only."""

RENT_FIELDS: Final = {
    "Lease": frozenset({"arrears_cents", "arrears_on", "moratorium_from", "moratorium_until", "moratorium_note"}),
    "RentCall": frozenset({"net_cents", "vat_rate_bp", "vat_cents", "gross_cents", "regime"}),
}
"""Columns that are rents, by model: the same holds."""

OF_DOCUMENT: Final = frozenset({"kind", "sha256", "size", "documents"})
"""What an event's data tells of a document that was attached."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads in a fund, by the roles that count for them there; a stranger has none."""

    user_id: int
    fund_id: int
    sides: frozenset[Side] = frozenset()
    roles: frozenset[Role] = frozenset()
    is_landlords: bool = False
    """Holds a role of the landlord's in the fund, whatever a token gives of it."""

    @property
    def is_auditor(self) -> bool:
        """Every read of an auditor is logged."""
        return Role.AUDITOR in self.roles

    @property
    def writes(self) -> bool:
        """An auditor reads and exports, and writes nothing."""
        return bool(self.roles - {Role.AUDITOR})

    @property
    def is_chambers(self) -> bool:
        return Side.CHAMBER in self.sides

    def reads(self, visibility: str) -> bool:
        """Whether what has this visibility is theirs to read."""
        if visibility == Visibility.CHAMBER:
            landlords = self.is_landlords or Side.LANDLORD in self.sides
            return bool(self.sides & {Side.CHAMBER, Side.EXTERNAL}) and not landlords
        if visibility == Visibility.LANDLORD:
            return bool(self.sides & {Side.LANDLORD, Side.EXTERNAL})
        return bool(self.sides)

    def reads_rents(self, *, mandate: bool) -> bool:
        """Whether a tenant's rents are theirs to read; `mandate`: its application records one."""
        return Side.LANDLORD in self.sides or (mandate and bool(self.sides))

    def reads_fact(self, name: str, *, mandate: bool = True) -> bool:
        """Unknown names are nobody's: a fact that was renamed since doesn't slip through."""
        if name not in FACTS or (name in RENT_FACTS and not self.reads_rents(mandate=mandate)):
            return False
        return self.reads(FACTS[name].visibility)


def reader_of(user: "User", fund_id: int, on: date | None = None) -> Reader:
    """One query. A token's scope counts."""
    return readers_of(user, [fund_id], on)[fund_id]


def readers_of(user: "User", fund_ids: Iterable[int], on: date | None = None) -> dict[int, Reader]:
    """Fund id -> reader, in one query, for each of the funds."""
    funds = set(fund_ids)
    counting = list(FundMember.objects.filter(counting_on(on or timezone.localdate()), user=user, fund__in=funds))
    rows = [row for row in counting if within(user.scope, row)]
    landlords = {row.fund_id for row in counting if row.side == Side.LANDLORD}
    return {
        fund: Reader(
            user.pk,
            fund,
            frozenset(Side(row.side) for row in rows if row.fund_id == fund),
            frozenset(Role(row.role) for row in rows if row.fund_id == fund),
            is_landlords=fund in landlords,
        )
        for fund in funds
    }


def auditing(user: "User") -> list[Reader]:
    """A person as the reader of each fund that they audit; nobody else reads under a log of every read."""
    held = _roles(user).filter(role=Role.AUDITOR).values_list("fund_id", "side").order_by("fund_id")
    return [Reader(user.pk, fund, frozenset({Side(side)}), frozenset({Role.AUDITOR})) for fund, side in held]


# What a row holds.


def visible_facts(facts: Mapping[str, Any], reader: Reader, *, mandate: bool = True) -> dict[str, Any]:
    """Facts as an application or an assessment stores them, less those that are not this reader's.

    `mandate`: the tenant's is recorded; without it the chamber reads no arrears.
    """
    shown = {name: value for name, value in facts.items() if reader.reads_fact(name, mandate=mandate)}
    if isinstance(facts.get("evidence"), Mapping):
        shown["evidence"] = visible_facts(facts["evidence"], reader, mandate=mandate)
    return shown


def rests_on_hidden(code: str, reader: Reader, *, mandate: bool = True) -> bool:
    """Whether a criterion looks at a fact that this reader may not see. An unknown criterion is taken to."""
    return code not in CRITERIA or not all(reader.reads_fact(fact, mandate=mandate) for fact in CRITERIA[code].needs)


def visible_findings(
    record: Mapping[str, Any], reader: Reader, *, resolved: Mapping[str, str] | None = None, mandate: bool = True
) -> list[dict[str, Any]]:
    """An assessment's findings, for reading; `resolved`: the notes that settled those to verify.

    Where a criterion rests on what the reader may not see, there is the verdict and no figure: nothing seen, nothing
    missing, no evidence and no note (`hidden` is true). Who verified it and when is the assessment's `by` and `on`.
    """
    if not reader.sides:
        return []
    notes = resolved or {}
    return [
        _visible_finding(
            finding_from_json(stored),
            notes.get(stored["code"], ""),
            hidden=rests_on_hidden(stored["code"], reader, mandate=mandate),
        )
        for stored in record.get("findings", [])
    ]


def _visible_finding(finding: Finding, note: str, *, hidden: bool) -> dict[str, Any]:
    stored: dict[str, Any] = {} if hidden else finding.to_json()
    return {
        "code": finding.code,
        "label": str(LABELS[finding.code]),
        "outcome": finding.outcome.value,
        "outcome_label": str(finding.outcome.label),
        "article": finding.article,
        "hidden": hidden,
        "settled": finding.outcome == Outcome.TO_VERIFY and bool(note),
        "sentence": finding.verdict() if hidden else finding.sentence(),
        "remedy": "" if hidden else finding.remedy(),
        "note": "" if hidden else note,
        "seen": stored.get("seen", {}),
        "required": stored.get("required", {}),
        "what_would_make_it_pass": stored.get("what_would_make_it_pass", {}),
        "evidence": stored.get("evidence", {}),
    }


def visible_assessment(assessment: Assessment, reader: Reader) -> dict[str, Any]:
    """An opinion, who gave it and when, its amounts and findings, the facts it was given on."""
    return {
        "opinion": assessment.opinion,
        "opinion_label": str(Opinion(assessment.opinion).label),
        "by": assessment.by,
        "on": assessment.on,
        "amounts": assessment.amounts,
        "findings": visible_findings(assessment.record, reader, resolved=assessment.resolved),
        "facts": visible_facts(assessment.record.get("facts", {}), reader),
    }


def visible_data(event: Event, reader: Reader) -> dict[str, Any]:
    """An event's ids, amounts and codes, less what a document would tell that is not this reader's.

    An event from before the document's visibility was kept tells them to whoever reads all documents.
    """
    if not reader.sides:
        return {}
    if event.user_id == reader.user_id:
        return dict(event.data)
    hidden = _hidden_of_documents(event, reader)
    return {name: value for name, value in event.data.items() if name not in hidden}


def _hidden_of_documents(event: Event, reader: Reader) -> frozenset[str]:
    if event.action == Action.ATTACH:
        whose = [event.data["visibility"]] if "visibility" in event.data else list(Visibility)
        return frozenset() if all(map(reader.reads, whose)) else OF_DOCUMENT
    if event.action in (Action.ANSWER, Action.EDIT) and not reader.reads(Visibility.CHAMBER):
        return frozenset({"documents", "removed"})
    return frozenset()


def visible_detail(event: Event, detail: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """An event's free text and facts, less what is not this reader's: that is not there at all.

    Reasons are written for the other side to read. Two texts may quote what only the chamber sees: a question about
    such a fact or about documents, and an unfavourable opinion that rests on one. Why a fund action was proposed is the
    landlord's own until another person confirmed it (`queries.events_visible_to` knows), why it was refused for good. A
    part that is not named here is nobody's, so that a new one is decided on.
    """
    if not reader.sides:
        return {}
    if event.user_id == reader.user_id:
        return dict(detail)
    if _is_landlords_own(event) and not reader.reads(Visibility.LANDLORD):
        return {}
    shown: dict[str, Any] = {}
    if "facts" in detail:
        # Arrears are supplied in a filed application, which has a mandate.
        shown["facts"] = {when: visible_facts(facts, reader) for when, facts in detail["facts"].items()}
    if "resolved" in detail:
        notes = detail["resolved"].items()
        shown["resolved"] = {code: note for code, note in notes if not rests_on_hidden(code, reader)}
    if not _may_quote_hidden(event, reader):
        shown |= {name: detail[name] for name in ("message", "reason") if name in detail}
    return shown


def visible_note(item: SampleItem, sample: Sample, reader: Reader) -> str:
    """What an auditor wrote of a file of a sample: their side's alone, since it may quote what only that side reads."""
    return item.note if Side(sample.side) in reader.sides else ""


def visible_reason(event: Event, reader: Reader) -> str:
    """What somebody gave as the reason of a step, as far as it is this reader's; retention may have deleted it."""
    if not hasattr(event, "detail"):
        return ""
    return str(visible_detail(event, event.detail.detail, reader).get("reason", ""))


def _is_landlords_own(event: Event) -> bool:
    confirmed = getattr(event, "was_confirmed", False)
    return event.action == FundStep.REFUSE or (event.action == FundStep.PROPOSE and not confirmed)


def _may_quote_hidden(event: Event, reader: Reader) -> bool:
    if reader.reads(Visibility.CHAMBER):
        return False
    if event.action == Action.REQUEST_INFO:
        # What is asked for and is no fact is a document.
        return not all(reader.reads_fact(name) for name in event.data["wanted"])
    if event.action == Action.ASSESS_UNFAVOURABLE:
        # An event from before `unmet` was kept doesn't say what the opinion rests on.
        return any(rests_on_hidden(code, reader) for code in event.data.get("unmet", ["?"]))
    return False


def visible_rents(lease: Lease) -> dict[str, Any]:
    """What is rent in a lease read through `leases_visible_to`: None where it isn't the reader's."""
    shown: bool = lease.rents_shown  # type: ignore[attr-defined] # annotated there
    return {name: getattr(lease, name) if shown else None for name in sorted(RENT_FIELDS["Lease"])}


def visible_version(version: Model, reader: Reader, *, mandate: bool) -> dict[str, Any]:
    """A row, or a former version of one (`<Model>Event` of pghistory), by column, less what is not this reader's."""
    if not reader.sides:
        return {}
    name = type(version).__name__.removesuffix("Event")
    rents = frozenset() if reader.reads_rents(mandate=mandate) else RENT_FIELDS.get(name, frozenset())
    fields = [field for field in version._meta.concrete_fields if not field.name.startswith("pgh_")]
    shown = {field.name: getattr(version, field.attname) for field in fields if field.name not in rents}
    if name == "Application":
        shown["facts"] = visible_facts(shown["facts"], reader, mandate=mandate)
    return shown


# Which rows are there at all.


def _roles(user: "User", *sides: Side) -> QuerySet[FundMember]:
    """The roles that count for a person today, of these sides (of any, where none is named)."""
    roles = FundMember.objects.filter(held_by(user, timezone.localdate()))
    return roles.filter(side__in=sides) if sides else roles


def _has_role(user: "User", fund: str, *sides: Side) -> Exists:
    """Whether a person has a role of these sides in the fund that a row's column names."""
    return Exists(_roles(user, *sides).filter(fund=OuterRef(fund)))


def _has_role_with(user: "User", landlord: str, *sides: Side) -> Exists:
    """The same, in any fund of the landlord that a row's column names."""
    return Exists(_roles(user, *sides).filter(fund__landlord=OuterRef(landlord)))


def _files(user: "User", *sides: Side) -> QuerySet[Application]:
    """The applications of the funds in which a person has a role of these sides; drafts are the chamber's own."""
    files = Application.objects.filter(_has_role(user, "fund", *sides))
    return files if sides == (Side.CHAMBER,) else files.exclude(state=State.DRAFT)


def _mandated(user: "User", tenant: str) -> Exists:
    """Whether an application that a chamber's person reads records the mandate of the tenant a row's column names."""
    return Exists(_files(user, Side.CHAMBER).filter(tenant=OuterRef(tenant), mandate_on__isnull=False))


def _audited(user: "User", tenant: str) -> Exists:
    """Whether the tenant has filed in a fund that a person audits from outside."""
    return Exists(_files(user, Side.EXTERNAL).filter(tenant=OuterRef(tenant)))


def documents_visible_to(user: "User") -> QuerySet[Document]:
    """By visibility and side; of a draft only by the chamber, as the draft itself.

    A fund's own papers follow their visibility too: signed charters both sides read, delegations the landlord's.
    """
    landlord = _has_role(user, "fund", Side.LANDLORD)
    # A token may give less, but doesn't make somebody else of its holder.
    everything = FundMember.objects.filter(counting_on(timezone.localdate()), user=user, side=Side.LANDLORD)
    is_landlords = Exists(everything.filter(fund=OuterRef("fund")))
    chamber, external = _has_role(user, "fund", Side.CHAMBER), _has_role(user, "fund", Side.EXTERNAL)
    mine = (
        Q(_has_role(user, "fund"), visibility=Visibility.BOTH)
        | Q(landlord | external, visibility=Visibility.LANDLORD)
        | Q((chamber | external) & ~is_landlords, visibility=Visibility.CHAMBER)
    )
    rows = Document.objects.filter(mine).exclude(~chamber, application__state=State.DRAFT)
    return rows.select_related("fund", "application")


def letters_visible_to(user: "User") -> QuerySet[Letter]:
    """The landlord's letters both sides read; the chamber's, as what only the chamber reads."""
    outside = _has_role(user, "fund", Side.CHAMBER, Side.EXTERNAL)
    everything = FundMember.objects.filter(counting_on(timezone.localdate()), user=user, side=Side.LANDLORD)
    is_landlords = Exists(everything.filter(fund=OuterRef("fund")))
    chambers = Q(kind__in=CHAMBER_LETTERS)
    mine = Q(_has_role(user, "fund")) & ~chambers | Q(outside & ~is_landlords) & chambers
    return Letter.objects.filter(mine).select_related("fund", "application__tenant", "sent_by", "issued_by")


def comments_visible_to(user: "User", file: Application) -> QuerySet[Comment]:
    """The comments on a file that a person reads: shared ones, those of their side, and their own."""
    reader = reader_of(user, file.fund_id)
    mine = [visibility for visibility in Visibility if reader.reads(visibility)]
    rows = Comment.objects.filter(application=file)
    # Who has no role any more reads nothing, not even their own.
    return rows.filter(Q(visibility__in=mine) | Q(by=user)) if mine else rows.none()


def samples_visible_to(user: "User") -> QuerySet[Sample]:
    """Working papers are the auditors' of one side; signed off, the fund's managers read what was found."""
    roles = _roles(user).filter(fund=OuterRef("fund"))
    auditor = Exists(roles.filter(role=Role.AUDITOR, side=OuterRef("side")))
    manager = Exists(roles.filter(role=Role.MANAGER))
    rows = Sample.objects.filter(auditor | (Q(manager) & Q(state=SampleState.SIGNED)))
    return rows.select_related("fund", "made_by", "closed_by")


def landlords_visible_to(user: "User") -> QuerySet[Landlord]:
    """Those of the funds in which a person has a role."""
    return Landlord.objects.filter(_has_role_with(user, "pk"))


def premises_visible_to(user: "User") -> QuerySet[Premises]:
    """All of the landlord, for its own people and the chamber's; an external auditor's are those of filed months."""
    leased = Lease.objects.filter(_audited(user, "tenant"), premises=OuterRef("pk"))
    return Premises.objects.filter(_has_role_with(user, "landlord", Side.LANDLORD, Side.CHAMBER) | Exists(leased))


def tenants_visible_to(user: "User") -> QuerySet[TenantBusiness]:
    """All of the landlord, for its own people and the chamber's; an external auditor's are those that filed.

    `rents_shown` says whether the person also reads their rents and contacts.
    """
    rows = TenantBusiness.objects.filter(
        _has_role_with(user, "landlord", Side.LANDLORD, Side.CHAMBER) | _audited(user, "pk")
    )
    return rows.annotate(rents_shown=_rents_shown(user, "landlord", "pk"))


def leases_visible_to(user: "User") -> QuerySet[Lease]:
    """Those of the tenants a person sees. Where `rents_shown` is false, `visible_rents` leaves out what is rent."""
    rows = Lease.objects.filter(
        _has_role_with(user, "landlord", Side.LANDLORD, Side.CHAMBER) | _audited(user, "tenant")
    )
    return rows.annotate(rents_shown=_rents_shown(user, "landlord", "tenant"))


def rent_calls_visible_to(user: "User") -> QuerySet[RentCall]:
    """For the landlord all; for the chamber those of tenants with a mandate; for an auditor those of who filed."""
    return RentCall.objects.filter(_rents_shown(user, "lease__landlord", "lease__tenant"))


def contacts_visible_to(user: "User") -> QuerySet[Contact]:
    """As rents: a tenant's people are nobody's to write to before it asked for something."""
    return Contact.objects.filter(_rents_shown(user, "tenant__landlord", "tenant"))


def _rents_shown(user: "User", landlord: str, tenant: str) -> Any:
    return _has_role_with(user, landlord, Side.LANDLORD) | _mandated(user, tenant) | _audited(user, tenant)
