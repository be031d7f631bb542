"""The funds of a person, the dashboard of one, and the tenants that never applied to it."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import ledger, queries, statistics
from grants.actions.fund_outlook import funds_acted_on
from grants.actions.reading import log_audit
from grants.charter_rules import warning_reached
from grants.eligibility import in_words, parse_criteria
from grants.enums import FundState, Reading, RequestState, Role, Side, State, Visibility
from grants.ledger import Position, PositionAt
from grants.models import Charter, Fund, FundProposal, LedgerCheck
from grants.money import BASIS_POINTS, percent
from grants.queries import criteria_of
from grants.statistics import Figures, Published, pictures
from grants.visibility import contacts_visible_to, documents_visible_to, reader_of, readers_of
from landlords.models import TenantBusiness

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LAST: Final = 10
"""Movements and applications that the dashboard shows."""
CALLS: Final = 50
"""Tenants to call on a page."""
UNDECIDED: Final = (State.SUBMITTED, State.INFO_REQUESTED, State.WAITLISTED)

MEANINGS: "Final[dict[str, tuple[_StrPromise, _StrPromise]]]" = {
    "credited": (gettext_lazy("Credited"), gettext_lazy("recorded on the tenants' rent accounts")),
    "committed": (gettext_lazy("Committed"), gettext_lazy("granted by the landlord, still to be credited")),
    "reserved": (gettext_lazy("Reserved"), gettext_lazy("favourable opinions that wait for the landlord")),
    "available": (gettext_lazy("Available"), gettext_lazy("for the next applications")),
    "unendowed": (gettext_lazy("Not endowed"), gettext_lazy("within the ceiling, not paid in by the landlord yet")),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the position: as in the picture, with its words."""

    name: str
    label: str
    meaning: str
    cents: int


def parts_of(position: PositionAt | Position) -> list[Part]:
    cents = {
        "credited": position.credited_cents,
        "committed": position.committed_cents,
        "reserved": position.reserved_cents,
        "available": position.available_cents,
        "unendowed": position.ceiling_cents - position.endowed_cents,
    }
    return [Part(name, str(label), str(meaning), cents[name]) for name, (label, meaning) in MEANINGS.items()]


@login_required
@require_safe
def funds(request: HttpRequest) -> HttpResponse:
    """The funds in which this person has a role, and those in preparation that they will open."""
    user = cast("User", request.user)
    rows = list(funds_acted_on(user))
    readers = readers_of(user, [fund.pk for fund in rows])
    log_audit(readers.values(), by=user, what=Reading.FUND)
    waiting = dict(
        FundProposal.objects.filter(fund__in=rows, state=RequestState.OPEN).values_list("fund").annotate(Count("pk"))
    )
    shown = [
        {
            "fund": fund,
            "bar": pictures.bar(fund.position),
            "parts": parts_of(fund.position),
            "proposals": waiting.get(fund.pk, 0) if readers[fund.pk].reads(Visibility.LANDLORD) else 0,
            "is_mine": bool(readers[fund.pk].sides),
        }
        for fund in rows
    ]
    of_chamber = any(Side.CHAMBER in reader.sides for reader in readers.values())
    return render(request, "grants/funds.html", {"rows": shown, "of_chamber": of_chamber})


@login_required
@require_safe
def fund(request: HttpRequest, code: str) -> HttpResponse:
    """A fund against its charter: its money, whom it helped, how soon, and what waits for somebody."""
    user, today = cast("User", request.user), timezone.localdate()
    shown = get_object_or_404(queries.funds_visible_to(user), code=code)
    reader = reader_of(user, shown.pk)
    log_audit([reader], by=user, what=Reading.FUND, uuid=shown.uuid, filter=request.GET.urlencode())
    charter, position = queries.current_charter(shown.pk), ledger.position(shown.pk)
    deadline = charter.filing_deadline if charter else None
    found, burnt = statistics.figures([shown.pk], today), statistics.burning(shown.pk, on=today, deadline=deadline)
    files = queries.applications_visible_to(user).filter(fund=shown)
    context = {
        "fund": shown,
        "charter": charter,
        "position": position,
        "parts": parts_of(position),
        "bar": pictures.bar(position),
        "burning": burnt,
        "chart": pictures.chart(burnt, today),
        "pending_cents": files.filter(state__in=UNDECIDED).aggregate(cents=Sum("lines__asked_cents"))["cents"] or 0,
        "figures": found,
        "tables": tables_for(found, hides=reader.sides == {Side.EXTERNAL}),
        "roll": statistics.roll([shown], today),
        "calls": bool(reader.sides - {Side.EXTERNAL}),
        "promises": statistics.promises([shown.pk], today),
        "criteria": criteria_words(charter),
        "states": states_of(files.values_list("state").annotate(Count("pk")).order_by()),
        "applications": files.order_by("-acted_on", "-pk")[:LAST],
        "entries": queries.last_entries(shown.pk, LAST),
        "documents": documents_visible_to(user).filter(fund=shown, application=None).order_by("pk"),
        "head": ledger.head(shown.pk),
        "oversees": queries.oversees(user, shown, today),
        "reads_proposals": reader.reads(Visibility.LANDLORD),
        "files": Role.ADVISOR in reader.roles and shown.state == FundState.OPEN and not is_over(charter, today),
    }
    return render(request, "grants/fund.html", context | {"warnings": warnings_of(context)})


def tables_for(found: Figures, *, hides: bool) -> Published:
    """By trade and by place. Who is of neither side reads them as they may be published."""
    trades, places = found.trades(), found.places()
    return statistics.published(trades, places) if hides else Published(trades, places)


def criteria_words(charter: Charter | None) -> list[tuple[str, str]]:
    """Each criterion in plain words, with its article."""
    if charter is None:
        return []
    return [(in_words(criterion), criterion.article) for criterion in parse_criteria(criteria_of(charter))]


def states_of(counts: Iterable[tuple[str, int]]) -> list[tuple[State, int]]:
    """How many applications are in each state, in the order of the workflow."""
    found = Counter(dict(counts))
    return [(state, found[state]) for state in State if found[state]]


def warnings_of(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """(tone, sentence) of all that somebody should look at, the most urgent first."""
    fund, charter, position = shown["fund"], shown["charter"], shown["position"]
    found = [*ledger_warnings(fund), *level_warnings(charter, position)]
    if position.available_cents == 0 and fund.state == FundState.OPEN:
        found.append(("warn", _("Nothing is available: favourable opinions go to the waiting list.")))
    elif shown["pending_cents"] > position.available_cents and fund.state == FundState.OPEN:
        found.append(("warn", _("More is asked for in applications without an opinion than is available.")))
    overdue = sum(promise.is_overdue for promise in shown["promises"])
    if overdue:
        found.append(("warn", _("Commitments of the landlord that are overdue: %(count)s.") % {"count": overdue}))
    proposals = FundProposal.objects.filter(fund=fund, state=RequestState.OPEN).count()
    if proposals and shown["reads_proposals"]:
        found.append(("", _("Fund actions proposed that wait for a second person: %(count)s.") % {"count": proposals}))
    return found


def ledger_warnings(fund: Fund) -> list[tuple[str, str]]:
    check = LedgerCheck.objects.filter(fund=fund).order_by("-at", "-pk").first()
    if check is None or not check.faults:
        return []
    return [("bad", _("The last verification of the ledger found faults: %(count)s.") % {"count": check.faults})]


def level_warnings(charter: Charter | None, position: PositionAt) -> list[tuple[str, str]]:
    """The charter's warning level that is reached, with the share used."""
    if charter is None or not position.ceiling_cents:
        return []
    used = position.endowed_cents - position.available_cents
    level = warning_reached(charter.terms(), used, position.ceiling_cents)
    if level is None:
        return []
    sentence = _(
        "The warning level of %(level)s of the ceiling is reached: %(share)s is reserved, committed or credited."
    )
    share = percent(used * BASIS_POINTS // position.ceiling_cents)
    return [("warn", sentence % {"level": percent(level * 100), "share": share})]


@login_required
@require_safe
def to_call(request: HttpRequest, code: str) -> HttpResponse:
    """The tenants that may apply and never did, for both sides; contacts as far as they are the reader's."""
    user, today = cast("User", request.user), timezone.localdate()
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    reader = reader_of(user, fund.pk)
    if not reader.sides - {Side.EXTERNAL}:
        # An auditor from outside sees of the tenants those that filed.
        raise Http404
    log_audit([reader], by=user, what=Reading.TENANT, uuid=fund.uuid, filter="never applied")
    found, charter = statistics.roll([fund], today), queries.current_charter(fund.pk)
    over = is_over(charter, today)
    candidates, has_previous, has_next = page_to_call(found, request.GET)
    rows = rows_to_call(user, fund, charter, found, candidates) if charter else []
    context = {
        "fund": fund,
        "roll": found,
        "rows": rows,
        "previous": f"?before={rows[0]['tenant'].uuid}" if has_previous else "",
        "next": f"?after={rows[-1]['tenant'].uuid}" if has_next else "",
        "charter": charter,
        "is_over": over,
        "files": Role.ADVISOR in reader.roles and fund.state == FundState.OPEN and not over,
    }
    return render(request, "grants/to_call.html", context)


def is_over(charter: Charter | None, today: date) -> bool:
    return charter is not None and charter.filing_deadline < today


def page_to_call(found: statistics.Roll, asked: QueryDict) -> tuple[list[statistics.Candidate], bool, bool]:
    """A page of them, and whether some stand before and after it.

    A page begins behind a tenant, or ends before it: also one that has applied meanwhile, so nobody is left out.
    """
    everybody = found.to_call()
    ranks = [found.rank(one) for one in everybody]
    after, before = (place_of(found, asked.get(name, "")) for name in ("after", "before"))
    start = 0
    if after is not None:
        start = bisect_right(ranks, found.rank(after))
    elif before is not None:
        start = bisect_left(ranks, found.rank(before)) - CALLS
    if start >= len(everybody):
        start = len(everybody) - CALLS
    start = max(0, start)
    return everybody[start : start + CALLS], start > 0, start + CALLS < len(everybody)


def place_of(found: statistics.Roll, uuid: str) -> statistics.Candidate | None:
    """The tenant that an address names."""
    try:
        pk = TenantBusiness.objects.filter(uuid=UUID(uuid)).values_list("pk", flat=True).first()
    except ValueError:
        return None
    return next((one for one in found.candidates if one.pk == pk), None)


def rows_to_call(
    user: User, fund: Fund, charter: Charter, found: statistics.Roll, candidates: Sequence[statistics.Candidate]
) -> list[dict[str, Any]]:
    """Each tenant with its premises, the contacts that may be read, and the drafts that a colleague has begun."""
    tenants = [one.pk for one in candidates]
    contacts: dict[int, list[Any]] = {}
    for contact in contacts_visible_to(user).filter(tenant__in=tenants):
        contacts.setdefault(contact.tenant_id, []).append(contact)
    drafts = queries.applications_visible_to(user).filter(fund=fund, state=State.DRAFT, tenant__in=tenants)
    begun = {draft.tenant_id: draft for draft in drafts}
    return [
        {
            "tenant": tenant,
            "leases": tenant.leases.all(),
            "trade": statistics.trade_label(one.naf),
            "is_close": found.is_close(one),
            "contacts": contacts.get(one.pk, []),
            "draft": begun.get(one.pk),
        }
        for one, tenant in zip(candidates, statistics.tenants_of(candidates, charter), strict=True)
    ]
