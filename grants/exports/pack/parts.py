"""The parts of a pack but the ledger: rows of plain data, each in the order of its keys."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

from grants.enums import Action, FundStep, LineState, Outcome, RequestState
from grants.exports.pack.scope import Scope, code, told_of
from grants.models import (
    Assessment,
    Charter,
    CharterCriterion,
    DecisionList,
    Document,
    Event,
    EventDetail,
    FundMember,
    FundProposal,
    Letter,
    ReliefLine,
    ReversalRequest,
    Visa,
)
from grants.statistics import FileThen

Row = dict[str, Any]
AT_A_TIME: Final = 2_000
ENDS: Final = (FundStep.ERASE, Action.DISCARD)
"""Events after which the details of an application's events may be gone."""

OF_DOCUMENTS: Final = (Action.ATTACH, Action.EDIT, Action.ANSWER)
"""Events whose data tell of documents, of which one side may not know the kind."""

TERMS: Final = (
    *("signed_on", "starts_on", "ends_on", "filing_deadline", "first_month", "last_month", "ceiling_cents"),
    *("cap_per_siren_cents", "cap_per_lease_cents", "max_months", "components", "rent_call_rate_bp", "caps_basis"),
    *("second_visa_threshold_cents", "second_visa_side", "reservation_days", "offer_days", "info_days", "reply_days"),
    *("reexamination_days", "warning_levels", "aid_regime", "required_documents", "confirmed_on", "confirmed_at"),
)


def charters(scope: Scope) -> Iterator[Row]:
    """The versions that bind, with their terms and criteria."""
    criteria: dict[int, list[Row]] = {}
    for criterion in CharterCriterion.objects.filter(charter__fund=scope.fund).order_by("charter", "position"):
        told = {"code": criterion.code, "parameters": criterion.parameters, "article": criterion.article}
        criteria.setdefault(criterion.charter_id, []).append(told)
    versions = Charter.objects.filter(fund=scope.fund, confirmed_at__isnull=False)
    for charter in scope.until(versions, "confirmed_on"):
        terms = {name: getattr(charter, name) for name in TERMS}
        yield {"version": charter.version, **terms, "criteria": criteria.get(charter.pk, [])}


def members(scope: Scope) -> Iterator[Row]:
    """Who held which role from when to when: what was confirmed."""
    rows = FundMember.objects.filter(fund=scope.fund, confirmed_on__isnull=False)
    for member in scope.until(rows, "confirmed_on"):
        yield {
            "member": member.pk,
            "person": scope.person(member.user_id),
            "side": member.side,
            "role": member.role,
            "starts_on": member.starts_on,
            "ends_on": member.ends_on,
            "limit_cents": member.limit_cents,
            "deputy_for": member.deputy_for_id,
            "proposed_by": scope.person(member.proposed_by_id),
            "confirmed_by": scope.person(member.confirmed_by_id),
            "confirmed_on": member.confirmed_on,
        }


def proposals(scope: Scope) -> Iterator[Row]:
    """Fund actions: who proposed, who settled."""
    for proposal in scope.until(FundProposal.objects.filter(fund=scope.fund).select_related("charter"), "proposed_on"):
        yield {
            "proposal": proposal.pk,
            "action": proposal.action,
            "charter": proposal.charter.version if proposal.charter else None,
            "amount_cents": proposal.amount_cents,
            "proposed_by": scope.person(proposal.proposed_by_id),
            "proposed_on": proposal.proposed_on,
            **settled(scope, proposal),
        }


def settled(scope: Scope, row: FundProposal | ReversalRequest) -> Row:
    """How it was settled, if it was by then."""
    if row.settled_on is None or (scope.as_at is not None and row.settled_on > scope.as_at):
        return {"state": RequestState.OPEN, "settled_by": "", "settled_on": None}
    return {"state": row.state, "settled_by": scope.person(row.settled_by_id), "settled_on": row.settled_on}


def events(scope: Scope) -> Iterator[Row]:
    """All of the fund's, without their details: these are words, of which the digest is told."""
    rows = scope.until(Event.objects.filter(fund=scope.fund))
    for event in rows.iterator(chunk_size=AT_A_TIME):
        data = {} if event.action in OF_DOCUMENTS else told_of(event.data)
        if event.action == Action.TRANSFER:
            data = {end: scope.person(user) for end, user in data.items()}
        yield {
            "id": event.pk,
            "application": event.application_id,
            "by": scope.person(event.user_id),
            "action": event.action,
            "on": event.on,
            "at": moment(event.at),
            "from": event.from_state,
            "to": event.to_state,
            "reason": code(event.reason),
            "data": data,
            "detail": event.detail_digest,
        }


def moment(at: datetime) -> str:
    """An instant in UTC, always with 6 decimals."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def applications(scope: Scope) -> Iterator[Row]:
    rows = scope.files.select_related("charter", "erasure").order_by("pk")
    for file in rows.iterator(chunk_size=AT_A_TIME):
        then = scope.then[file.pk] if scope.then is not None else None
        erased = getattr(file, "erasure", None)
        yield {
            "application": file.pk,
            "reference": file.reference,
            # Every erased file has the same nobody for a tenant.
            "tenant": "" if erased else scope.pseudonym("t", file.tenant_id),
            "undertaking": scope.pseudonym("u", file.siren) if file.siren else "",
            "state": then.state if then else file.state,
            "rank": then.rank if then else file.rank,
            "charter": then.charter if then else file.charter.version,
            "submitted_on": then.submitted_on if then else file.submitted_on,
            "erased_on": erased.on if erased else None,
        }


def lines(scope: Scope) -> Iterator[Row]:
    """Each month of each component asked for. The voucher's number is a text that somebody typed: a pseudonym."""
    rows = ReliefLine.objects.filter(application__in=scope.files).order_by("pk")
    for line in rows.iterator(chunk_size=AT_A_TIME):
        row = {
            "line": line.pk,
            "application": line.application_id,
            "lease": scope.pseudonym("l", line.lease_id),
            "month": line.month,
            "component": line.component,
            "asked_cents": line.asked_cents,
            "proposed_cents": line.proposed_cents,
            "approved_cents": line.approved_cents,
            "state": line.state,
            "form": line.form,
            "voucher": scope.pseudonym("v", line.voucher_ref) if line.voucher_ref else "",
            "voucher_date": line.voucher_date,
        }
        yield row if scope.then is None else row | then_of(line, scope.then[line.application_id], scope)


def then_of(line: ReliefLine, file: FileThen, scope: Scope) -> Row:
    """What differs on the day asked for: its voucher is that of its last credit by then, whatever was done since."""
    pk, state = line.pk, file.states.get(line.pk, line.state)
    told: Row = {"state": state, "proposed_cents": file.proposed.get(pk), "approved_cents": file.approved.get(pk)}
    if state not in (LineState.CREDITED, LineState.REVERSED):
        return told | {"form": "", "voucher": "", "voucher_date": None}
    form, ref, on = file.vouchers[pk]
    ref = line.voucher_ref if line.application_id in scope.erased else ref
    return told | {"form": form, "voucher": scope.pseudonym("v", ref) if ref else "", "voucher_date": on}


def assessments(scope: Scope) -> Iterator[Row]:
    """Opinions with the verdict on each criterion. What it rests on is the tenant's, and isn't told."""
    rows = Assessment.objects.filter(application__in=scope.files).select_related("charter")
    for opinion in scope.until(rows).iterator(chunk_size=AT_A_TIME):
        yield {
            "assessment": opinion.pk,
            "application": opinion.application_id,
            "charter": opinion.charter.version,
            "opinion": opinion.opinion,
            "by": scope.person(opinion.by_id),
            "on": opinion.on,
            "amounts": opinion.amounts,
            "findings": [finding(stored, opinion.resolved) for stored in opinion.record.get("findings", [])],
        }


def finding(stored: Mapping[str, Any], notes: Mapping[str, str]) -> Row:
    to_verify = stored["outcome"] == Outcome.TO_VERIFY
    settled_by_note = to_verify and bool(notes.get(stored["code"]))
    return {"code": stored["code"], "outcome": stored["outcome"], "settled": settled_by_note}


def visas(scope: Scope) -> Iterator[Row]:
    for visa in scope.until(Visa.objects.filter(application__in=scope.files)).iterator(chunk_size=AT_A_TIME):
        yield {
            "visa": visa.pk,
            "application": visa.application_id,
            "assessment": visa.assessment_id,
            "by": scope.person(visa.by_id),
            "on": visa.on,
            "amounts": visa.amounts,
        }


def requests(scope: Scope) -> Iterator[Row]:
    """What payers asked to undo."""
    rows = ReversalRequest.objects.filter(application__in=scope.files).prefetch_related("lines")
    for request in scope.until(rows, "asked_on").iterator(chunk_size=AT_A_TIME):
        yield {
            "request": request.pk,
            "application": request.application_id,
            "kind": request.kind,
            "reason": request.reason,
            "lines": sorted(line.pk for line in request.lines.all()),
            "asked_by": scope.person(request.asked_by_id),
            "asked_on": request.asked_on,
            "notice_sent_on": request.notice_sent_on,
            "reply_until": request.reply_until,
            **settled(scope, request),
        }


def documents(scope: Scope) -> Iterator[Row]:
    """Kind, size and digest of what the reader's side reads; the content never."""
    rows = Document.objects.filter(fund=scope.fund)
    filed = rows.filter(application__isnull=True) | rows.filter(application__in=scope.files)
    for document in scope.until(filed, "added_at__date").iterator(chunk_size=AT_A_TIME):
        if scope.reader.reads(document.visibility):
            yield {
                "document": document.pk,
                "application": document.application_id,
                "kind": code(document.kind),
                "size": document.size,
                "sha256": document.sha256,
                "added_at": moment(document.added_at),
            }


def papers(scope: Scope) -> Iterator[Row]:
    """What was issued, with the digest of the copy that is kept: decision lists, then letters."""
    lists = DecisionList.objects.filter(fund=scope.fund).select_related("document")
    for listed in scope.until(lists, "event__on"):
        yield {
            "kind": "decision_list",
            "number": listed.number,
            "application": None,
            "event": listed.event_id,
            "issued_at": moment(listed.made_at),
            "sha256": listed.document.sha256,
            "amount_cents": listed.granted_cents,
            "sent_on": None,
            "channel": "",
            "set_aside_on": None,
            "head_number": listed.head_number,
            "head_digest": listed.head_digest,
        }
    letters = Letter.objects.filter(fund=scope.fund)
    for letter in scope.until(letters, "dated").iterator(chunk_size=AT_A_TIME):
        yield {
            "kind": f"letter_{letter.kind}",
            "number": letter.number,
            "application": letter.application_id,
            "event": letter.event_id,
            "issued_at": moment(letter.issued_at),
            "sha256": letter.sha256,
            "amount_cents": letter.amount_cents,
            "sent_on": letter.sent_on,
            "channel": letter.channel,
            "set_aside_on": letter.set_aside_on,
            "head_number": None,
            "head_digest": None,
        }


def erasures(scope: Scope) -> Iterator[Row]:
    """Events whose details were erased, and the event that says so."""
    with_details = scope.until(Event.objects.filter(fund=scope.fund).exclude(detail_digest=""))
    gone = with_details.exclude(pk__in=EventDetail.objects.filter(event__fund=scope.fund).values("event"))
    ended = Event.objects.filter(fund=scope.fund, action__in=ENDS).order_by("pk")
    by_file = {event.application_id: event for event in ended.only("pk", "application_id", "on")}
    for event in gone.only("pk", "application_id").iterator(chunk_size=AT_A_TIME):
        end = by_file.get(event.application_id)
        yield {
            "event": event.pk,
            "application": event.application_id,
            "by_event": end.pk if end else None,
            "on": end.on if end else None,
        }


def people(scope: Scope) -> Iterator[Row]:
    """Whom the pack's pseudonyms are, where names were asked for."""
    told = {member.user for member in FundMember.objects.filter(fund=scope.fund).select_related("user")}
    told |= {event.user for event in Event.objects.filter(fund=scope.fund).select_related("user").distinct("user")}
    for user in sorted(told, key=attrgetter("pk")):
        yield {"pseudonym": scope.person(user.pk), "name": user.get_full_name(), "siret": ""}
    tenants = {file.tenant for file in scope.files.filter(erasure__isnull=True).select_related("tenant")}
    for tenant in sorted(tenants, key=attrgetter("pk")):
        yield {"pseudonym": scope.pseudonym("t", tenant.pk), "name": tenant.legal_name, "siret": tenant.siret or ""}
