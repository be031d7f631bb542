"""The journal of a fund and each of its entries. Whatever an auditor opens is logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from inspect import signature
from typing import Any, Final, cast

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import ledger, queries
from grants.actions.reading import log_audit
from grants.desk.search import lines_of_voucher
from grants.enums import LedgerKind, Reading
from grants.ledger import LedgerEntry
from grants.ledger.canonical import canonical_text, digest, genesis
from grants.models import Event, Fund, LedgerCheck
from grants.views.fund_forms import JournalFilter
from grants.visibility import reader_of, visible_reason

PAGE: Final = 50
BIGINT_DIGITS: Final = 19
WITH_CAUSES: Final = ("event__user", "application__tenant", "relief_line__lease", "charter", "reverses")
WITH_VOUCHER: Final = (LedgerKind.CREDIT, LedgerKind.UNCREDIT, LedgerKind.REVERSE)
FIELDS: Final = tuple(name for name in signature(canonical_text).parameters)
"""The names of the lines of a canonical text, in its order."""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the newest first; `newer` and `older` are the addresses of the pages beside it, or nothing."""

    entries: Sequence[LedgerEntry]
    newer: str
    older: str


@login_required
@require_safe
def journal(request: HttpRequest, code: str) -> HttpResponse:
    """The entries with the running position, as filtered, page by page both ways."""
    user, today = cast("User", request.user), timezone.localdate()
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.LEDGER, uuid=fund.uuid, filter=request.GET.urlencode())
    form = JournalFilter(request.GET or None, people=people_of(fund))
    asked = form.cleaned_data if form.is_valid() else {}
    day: date = asked.get("until") or today
    position = ledger.position_as_at(fund.pk, day)
    check = LedgerCheck.objects.filter(fund=fund).order_by("-at", "-pk").first()
    context = {
        "fund": fund,
        "form": form,
        "is_filtered": any(asked.values()),
        "page": page_of(filtered(fund, asked), request.GET),
        "position": position,
        "head": ledger.head(fund.pk),
        "check": check,
        "check_holds": check is not None and still_in_chain(fund, check),
    }
    return render(request, "grants/ledger.html", context, status=200 if form.is_valid() or not form.is_bound else 422)


def people_of(fund: Fund) -> QuerySet[User]:
    """Those whose actions moved money in the fund."""
    events = Event.objects.filter(fund=fund, ledger_entries__isnull=False)
    return User.objects.filter(pk__in=events.values("user")).order_by("full_name", "pk")


def filtered(fund: Fund, asked: dict[str, Any]) -> QuerySet[LedgerEntry]:
    rows = LedgerEntry.objects.filter(fund=fund).select_related(*WITH_CAUSES)
    exact = {"value_date__gte": "since", "value_date__lte": "until", "kind": "kind", "event__user__uuid": "person"}
    rows = rows.filter(**{column: asked[name] for column, name in exact.items() if asked.get(name)})
    if text := asked.get("application"):
        rows = rows.filter(application__reference__icontains=text)
    if text := asked.get("voucher"):
        rows = rows.filter(relief_line__in=lines_of_voucher(text).values("pk"), kind__in=WITH_VOUCHER)
    for word in asked.get("tenant", "").split():
        named = Q(application__tenant__legal_name__icontains=word) | Q(application__tenant__trade_name__icontains=word)
        rows = rows.filter(named)
    return rows


def page_of(rows: QuerySet[LedgerEntry], asked: QueryDict) -> Page:
    """By number, so that no page shifts while entries come: `?before=` goes back in time, `?after=` forward."""
    before, after = number_in(asked, "before"), number_in(asked, "after")
    if after is not None:
        found = list(rows.filter(number__gt=after).order_by("number")[: PAGE + 1])
        more = len(found) > PAGE
        entries = found[:PAGE][::-1]
        has_newer, has_older = more, bool(entries) and rows.filter(number__lt=entries[-1].number).exists()
    else:
        found = list((rows if before is None else rows.filter(number__lt=before)).order_by("-number")[: PAGE + 1])
        more = len(found) > PAGE
        entries = found[:PAGE]
        has_newer, has_older = bool(entries) and rows.filter(number__gt=entries[0].number).exists(), more
    return Page(
        entries,
        newer=address(asked, "after", entries[0].number) if has_newer else "",
        older=address(asked, "before", entries[-1].number) if has_older else "",
    )


def number_in(asked: QueryDict, name: str) -> int | None:
    text = asked.get(name, "")
    return int(text) if text.isdecimal() and len(text) < BIGINT_DIGITS else None


def address(asked: QueryDict, name: str, number: int) -> str:
    kept = asked.copy()
    for direction in ("before", "after"):
        kept.pop(direction, None)
    kept[name] = str(number)
    return f"?{kept.urlencode()}"


def still_in_chain(fund: Fund, check: LedgerCheck) -> bool:
    """Whether the chain still holds the head that the last verification saw: nobody rewrote what is before it."""
    if check.last_number == 0:
        return check.last_digest == genesis(fund.code)
    return LedgerEntry.objects.filter(fund=fund, number=check.last_number, digest=check.last_digest).exists()


@login_required
@require_safe
def entry(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One movement with its cause, its digest and what the digest is made of."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    if len(str(number)) >= BIGINT_DIGITS:
        number = 0
    rows = LedgerEntry.objects.select_related(*WITH_CAUSES, "event__detail")
    shown = get_object_or_404(rows, fund=fund, number=number)
    reader = reader_of(user, fund.pk)
    log_audit([reader], by=user, what=Reading.LEDGER, uuid=fund.uuid, filter=f"number={number}")
    around = LedgerEntry.objects.filter(fund=fund, number__in=[number - 1, number + 1])
    beside = {row.number: row for row in around}
    previous = beside[number - 1].digest if number - 1 in beside else genesis(fund.code)
    canonical = ledger.text_of(
        shown,
        charter_version=shown.charter.version,
        reverses_number=shown.reverses.number if shown.reverses else None,
    )
    context = {
        "fund": fund,
        "entry": shown,
        "told": visible_reason(shown.event, reader),
        "reversed_by": LedgerEntry.objects.filter(reverses=shown).first(),
        "previous": previous,
        "canonical": canonical,
        "names": FIELDS,
        "with_voucher": WITH_VOUCHER,
        "holds": digest(canonical, previous) == shown.digest,
        "earlier": number - 1 if number - 1 in beside else None,
        "later": number + 1 if number + 1 in beside else None,
    }
    return render(request, "grants/ledger_entry.html", context)
