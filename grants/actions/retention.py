"""Erases what is due, in every fund: files one by one, each in a transaction of its own, then old logs.

Idempotent: what was erased isn't due any more. A run that erased something leaves a certificate; it counts and names
nothing. Where a fund waits for the public archives, filed applications are listed first and erased once signed.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from grants.actions.erasing import Kept, erase, erase_leftovers, kept_files
from grants.actions.turn import canonical_json
from grants.enums import Action
from grants.exceptions import ActionRefused
from grants.models import Application, EliminationList, Event, EventDetail, Fund, LegalHold, RetentionRun
from grants.retention import DRAFT, LOGS, RULES, cutoff, rules_in_force, rules_version

if TYPE_CHECKING:
    from fundadmin.models import User

logger = logging.getLogger(__name__)

LOG_CHUNK = 5000
NOT_ERASED = frozenset({"held", "awaiting_visa", "refused_now"})
"""What a run counts besides what it erased."""


@dataclass(slots=True)
class Report:
    """What a run did, or a dry run would do: counts per fund and over all; never a name."""

    dry: bool
    by_fund: dict[str, Counter[str]] = field(default_factory=dict)
    logs: Counter[str] = field(default_factory=Counter)
    erased: list[int] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)
    certificate: RetentionRun | None = None

    def counts(self) -> dict[str, int]:
        total = sum(self.by_fund.values(), Counter(self.logs))
        return {name: count for name, count in sorted(total.items()) if count}


def run(*, by: "User", dry: bool, fund: Fund | None = None, on: date | None = None) -> Report:
    """Erase what is due in one fund or in all; `dry` only counts. Logs are of no fund: a run of all erases them."""
    today = on or timezone.localdate()
    report = Report(dry)
    for each in [fund] if fund else Fund.objects.order_by("code"):
        of_fund(each, by, today, report)
    if fund is None:
        old_logs(today, report)
    if not dry:
        report.certificate = certify(report, today)
    logger.info("retention dry=%s counts=%s", dry, report.counts())
    return report


def of_fund(fund: Fund, by: "User", on: date, report: Report) -> None:
    counts = report.by_fund[fund.code] = Counter()
    listed, signed = listed_files(fund)
    to_list = []
    for file in due_files(fund, on):
        if file.held:
            counts["held"] += 1
        elif fund.archives_visa and file.rule is not DRAFT and file.application_id not in signed:
            counts["awaiting_visa"] += 1
            if file.application_id not in listed:
                to_list.append(file)
        elif report.dry or erased(file, by, on, counts):
            counts[file.rule.code] += 1
            report.erased.append(file.application_id)
    if to_list and not report.dry:
        report.lists.append(make_list(fund, to_list, on).pk)
    leftovers(fund, on, report)


def due_files(fund: Fund, on: date) -> Iterator[Kept]:
    """The files whose time is over, in order, read in chunks: each is erased before the next is read."""
    after = 0
    while chunk := kept_files(fund.pk, after=after):
        after = chunk[-1].application_id
        yield from (file for file in chunk if file.is_due(on))


def erased(file: Kept, by: "User", on: date, counts: Counter[str]) -> bool:
    """Erase one file. What came up meanwhile (a hold, closed books) leaves it for another night."""
    application = Application.objects.get(pk=file.application_id)
    try:
        event = erase(application=application, by=by, key=f"erase:{application.pk}", on=on)
    except ActionRefused as refusal:
        counts["refused_now"] += 1
        logger.warning("retention left file %s: %s", application.pk, refusal.codes)
        return False
    counts.update(
        {name: event.data[name] for name in ("documents", "letters", "details", "history") if name in event.data}
    )
    return True


def leftovers(fund: Fund, on: date, report: Report) -> None:
    """Details and former versions of drafts that their advisors deleted."""
    if LegalHold.objects.filter(fund=fund, application=None, lifted_on__isnull=True).exists():
        return
    former: Any = apps.get_model("grants", "ApplicationEvent")
    gone = (
        Event.objects.filter(fund=fund, action=Action.DISCARD, on__lt=cutoff(DRAFT, on))
        .exclude(Exists(Application.objects.filter(pk=OuterRef("application"))))
        .filter(
            Exists(EventDetail.objects.filter(event__application=OuterRef("application")))
            | Exists(former.objects.filter(pgh_obj_id=OuterRef("application")))
        )
    )
    for application_id in sorted(gone.values_list("application_id", flat=True)):
        counts = report.by_fund[fund.code]
        counts["discarded"] += 1
        if not report.dry:
            counts.update(erase_leftovers(application_id))


def listed_files(fund: Fund) -> tuple[set[int], set[int]]:
    """The files on elimination lists, and those of them whose list is signed."""
    listed: set[int] = set()
    signed: set[int] = set()
    for rows, visa_on in EliminationList.objects.filter(fund=fund).values_list("rows", "visa_on"):
        ids = {row["application"] for row in rows}
        listed |= ids
        signed |= ids if visa_on else set()
    return listed, signed


def make_list(fund: Fund, files: list[Kept], on: date) -> EliminationList:
    rows = [
        {
            "application": file.application_id,
            "reference": file.reference,
            "rule": file.rule.code,
            "closed_on": file.since.isoformat(),
            "kept_until": file.until.isoformat(),
            "documents": file.documents,
        }
        for file in files
    ]
    digest = hashlib.sha256(canonical_json(rows).encode()).hexdigest()
    return EliminationList.objects.create(
        fund=fund, prepared_on=on, rules_version=rules_version(), rows=rows, digest=digest
    )


def old_logs(on: date, report: Report) -> None:
    """Sign-ins and reads of long ago. While any hold lives they may be evidence, and all are kept."""
    if LegalHold.objects.filter(lifted_on__isnull=True).exists():
        return
    for rule in RULES:
        if rule.code not in LOGS:
            continue
        app, name, moment = LOGS[rule.code]
        try:
            model: Any = apps.get_model(app, name)
        except LookupError:
            continue
        old = model.objects.filter(**{f"{moment}__date__lt": cutoff(rule, on)})
        if report.dry:
            report.logs[rule.code] = old.count()
            continue
        while ids := list(old.order_by("pk").values_list("pk", flat=True)[:LOG_CHUNK]):
            with transaction.atomic():
                report.logs[rule.code] += model.objects.filter(pk__in=ids).delete()[0]


def certify(report: Report, on: date) -> RetentionRun | None:
    """A certificate, if anything was erased: what, when, by which rules, and a digest that holds them together."""
    counts = report.counts()
    if not set(counts) - NOT_ERASED:
        return None
    at = timezone.now()
    said = {"at": at, "on": on, "rules": rules_in_force(), "counts": counts, "files": sorted(report.erased)}
    return RetentionRun.objects.create(
        at=at,
        on=on,
        rules=rules_in_force(),
        rules_version=rules_version(),
        counts=counts,
        digest=hashlib.sha256(canonical_json(said).encode()).hexdigest(),
    )
