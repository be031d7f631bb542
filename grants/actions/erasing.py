"""Erases one file: what names or describes people goes, what the ledger and the chain of events need stays.

Gone afterwards: documents and letters with their content, facts, findings, notes (auditors' too), comments, contacts,
details of events, former versions, the lines' references of vouchers, what runs on many files were told, what the
landlord's files told, the files of the fund's exports; the link to the business, its premises and its leases. Left: the
fund, the months and amounts, the states, who of the staff did what when, a credit's voucher in its event, which nothing
changes, and the decision lists. It can't be undone, and the ledger isn't touched.
"""

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.actions.confirmations.forgetting import forget_booked
from grants.actions.filing import delete_draft
from grants.actions.turn import Turn, action, begin, on_file, refuse_if
from grants.enums import FINAL_STATES, Action, FundStep, LedgerKind, RequestState, State
from grants.exceptions import Breach, NotAllowed, RuleRefused
from grants.models import (
    Application,
    Assessment,
    BulkRow,
    BulkRun,
    Document,
    Erasure,
    Event,
    EventDetail,
    Export,
    LedgerEntry,
    LegalHold,
    Letter,
    ReliefLine,
    ReversalRequest,
    SampleItem,
)
from grants.models.sample import ERASED_NOTE
from grants.permissions import role_missing_in_fund
from grants.retention import DRAFT, Rule, rule_of
from landlords.enums import Periodicity, VatRegime
from landlords.models import Contact, Lease, Premises, TenantBusiness

if TYPE_CHECKING:
    from fundadmin.models import User

NOBODY = "Entreprise anonymisée"
NOWHERE = "anonyme"
NO_VOUCHER = "effacé"
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that may be erased one day: by which rule, kept until when, and what keeps it besides."""

    application_id: int
    reference: str
    rule: Rule
    since: date
    held: bool
    in_request: bool
    documents: int

    @property
    def until(self) -> date:
        return self.rule.kept_until(self.since)

    def is_due(self, on: date) -> bool:
        return on > self.until and not self.in_request


def kept_files(fund_id: int, *, after: int = 0) -> list[Kept]:
    """The next `CHUNK` files of a fund that a rule applies to and that were not erased yet."""
    return [kept(row) for row in may_be_erased().filter(fund=fund_id, pk__gt=after).order_by("pk")[:CHUNK]]


def may_be_erased() -> Any:
    """Drafts and closed files, each with what keeps it."""
    this = OuterRef("pk")
    living = LegalHold.objects.filter(lifted_on__isnull=True)
    return (
        Application.objects.filter(state__in=[State.DRAFT, *FINAL_STATES], erasure__isnull=True)
        .annotate(
            ever_credited=Exists(LedgerEntry.objects.filter(application=this, kind=LedgerKind.CREDIT)),
            held=Exists(living.filter(Q(application=this) | Q(application__isnull=True, fund=OuterRef("fund")))),
            in_request=Exists(ReversalRequest.objects.filter(application=this, state=RequestState.OPEN)),
            attached=Count("documents"),
        )
        .order_by("pk")
    )


def kept(row: Any) -> Kept:
    rule = rule_of(row.state, ever_credited=row.ever_credited)
    since = row.acted_on if rule is DRAFT else row.closed_on
    return Kept(
        row.pk,
        row.reference,
        rule,
        since or timezone.localdate(row.created_at),
        row.held,
        row.in_request,
        row.attached,
    )


@action
def erase(*, application: Application, by: "User", key: str, asked: bool = False, on: date | None = None) -> Event:
    """Erase a file whose time is over. Refused while a rule or a legal hold keeps it. Returns the event.

    `asked`: by the person concerned, so that a draft need not wait.
    """
    draft = application.state == State.DRAFT
    step = Action.DISCARD if draft else FundStep.ERASE
    request = {"application": application.pk}
    turn = begin(step, fund_id=application.fund_id, by=by, key=key, on=on, request=request)
    if turn.replay:
        return turn.replay
    if not by.is_system:
        raise NotAllowed([role_missing_in_fund(())])
    erased = check_due(application.pk, turn.on, asked=asked)
    withdraw_exports(application.fund_id)
    if draft:
        return erase_draft(turn, application)
    file = Application.objects.select_for_update(of=("self",)).select_related("fund").get(pk=application.pk)
    Erasure.objects.create(application=file, rule=erased.rule.code, on=turn.on)
    Assessment.objects.filter(application=file).update(record={}, resolved={})
    file.holds.exclude(reason="").update(reason="")
    counts = {"documents": erase_documents(file.pk), "details": erase_details(file.pk)}
    counts["letters"] = erase_letters(file.pk)
    counts["comments"] = file.comments.all().delete()[0]
    erase_runs(file)
    erase_notes(file)
    erase_contacts(file)
    cut_links(file)
    counts["history"] = forget(file.pk)
    turn.application = file
    return turn.record(reason=erased.rule.code, data=counts)


def check_due(application_id: int, on: date, *, asked: bool) -> Kept:
    """Raise every reason why a file is kept. The fund is locked, so nobody suspends the erasure meanwhile."""
    row = may_be_erased().filter(pk=application_id).first()
    if row is None:
        raise RuleRefused([Breach("not_to_erase", _("This application is pending, or was erased already."))])
    found = kept(row)
    refuse_if(reasons_to_keep(found, on, asked=asked))
    return found


def reasons_to_keep(found: Kept, on: date, *, asked: bool) -> list[Breach]:
    """Why a file is kept, as sentences. `asked`: by the person concerned, so that a draft's time is over at once."""
    reasons = []
    if on <= found.until and not (asked and found.rule is DRAFT):
        message = _("%(reference)s is kept until %(until)s: %(legal)s.")
        params = {"reference": found.reference, "until": found.until, "legal": found.rule.legal}
        reasons.append(Breach("kept", message, params))
    if found.held:
        message = _("%(reference)s is kept: its erasure is suspended for an audit or a dispute.")
        reasons.append(Breach("held", message, {"reference": found.reference}))
    if found.in_request:
        message = _("%(reference)s is kept: a request on it is open.")
        reasons.append(Breach("in_request", message, {"reference": found.reference}))
    return reasons


def erase_draft(turn: Turn, application: Application) -> Event:
    """Delete a draft as its advisor would, and what a deleted draft leaves: details and former versions."""
    erase_documents(application.pk)
    erase_contacts(application)
    event = delete_draft(on_file(turn, application))
    erase_details(application.pk)
    forget(application.pk)
    return event


def erase_leftovers(application_id: int) -> Counter[str]:
    """What a draft deleted by its advisor left behind."""
    with transaction.atomic():
        return Counter(details=erase_details(application_id), history=forget(application_id))


def erase_documents(application_id: int) -> int:
    """The content goes first: were the rest rolled back, the next run would delete the row, never forget a content."""
    documents = Document.objects.filter(application=application_id)
    for document in documents:
        document.file.storage.delete(str(document.file.name))
    return documents.delete()[0]


def erase_letters(application_id: int) -> int:
    """As documents; the event keeps each letter's number and digest."""
    letters = Letter.objects.filter(application=application_id)
    for letter in letters:
        letter.file.storage.delete(str(letter.file.name))
    return letters.delete()[0]


def withdraw_exports(fund_id: int) -> None:
    """No export made before may name the file: none of the fund is handed out any more. Who needs one asks again."""
    made = Export.objects.filter(fund=fund_id, state=Export.State.DONE, expires_at__gt=timezone.now())
    folders = [export.folder for export in made.select_for_update()]
    made.update(expires_at=timezone.now())
    for folder in folders:
        # One that can't be deleted now goes with those that expired (`exporting.forget_expired`).
        transaction.on_commit(partial(shutil.rmtree, folder, ignore_errors=True))


def erase_details(application_id: int) -> int:
    return EventDetail.objects.filter(event__application=application_id).delete()[0]


def erase_runs(file: Application) -> None:
    """What runs on many files were told of it, and the words a run still holds that never came to its end."""
    BulkRow.objects.filter(application=file).update(sentences=[])
    # Without its plan it can't be carried out, so nothing takes it up again.
    unfinished = BulkRun.objects.filter(rows__application=file, finished_at=None)
    BulkRun.objects.filter(pk__in=unfinished.values("pk")).update(plan={}, finished_at=timezone.now())


def erase_notes(file: Application) -> None:
    """What auditors wrote of it in their samples, signed off or not; what they found stays."""
    SampleItem.objects.filter(application=file).exclude(note="").update(note=ERASED_NOTE)


def erase_contacts(file: Application) -> None:
    """A tenant's contacts are there for its files: with the last one they go."""
    others = Application.objects.filter(tenant=file.tenant_id, erasure__isnull=True).exclude(pk=file.pk)
    if not others.exists():
        Contact.objects.filter(tenant=file.tenant_id).delete()


def cut_links(file: Application) -> None:
    """Point the file and its lines at nobody's business, premises and leases."""
    landlord = file.fund.landlord
    tenant = TenantBusiness.objects.filter(landlord=landlord, legal_name=NOBODY, siret=None).first()
    tenant = tenant or TenantBusiness.objects.create(landlord=landlord, legal_name=NOBODY)
    premises = Premises.objects.get_or_create(landlord=landlord, reference=NOWHERE)[0]
    lines = list(file.lines.select_related("lease"))
    months = {lease: [line.month for line in lines if line.lease_id == lease] for lease in {i.lease_id for i in lines}}
    leases = {}
    for number, (lease, of_lease) in enumerate(sorted(months.items()), start=1):
        leases[lease] = Lease.objects.create(
            landlord=landlord,
            premises=premises,
            tenant=tenant,
            reference=f"{NOWHERE}-{file.pk}-{number}",
            starts_on=min(of_lease),
            ends_on=max(of_lease) + relativedelta(months=1, days=-1),
            vat_regime=VatRegime.EXEMPT,
            periodicity=Periodicity.MONTHLY,
        )
    forget_booked(file, {real: lease.pk for real, lease in leases.items()})
    for line in lines:
        line.lease, line.premises = leases[line.lease_id], premises
        line.voucher_ref, line.applied_to_notice = NO_VOUCHER if line.voucher_ref else "", ""
    ReliefLine.objects.bulk_update(lines, ["lease", "premises", "voucher_ref", "applied_to_notice"])
    Application.objects.filter(pk=file.pk).update(
        tenant=tenant, siren="", facts={}, contact_name="", contact_channel="", info_requested=[]
    )


def forget(application_id: int) -> int:
    """Erase the former versions of a file that was erased or deleted (migration 0005: the database checks that)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT grants_forget(%s)", [application_id])
        ((forgotten,),) = cursor.fetchall()
    return int(forgotten)
