"""What must hold of a fund after anything that happens to it, derived from its rows by code of our own.

Nothing here asks the code under test, except `ledger.verify` and `agreement_faults`, which must agree.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import combinations

from django.db import connection
from django.db.models import Count

from grants import ledger
from grants.agreement import agreement_faults
from grants.enums import FundState, LineState, RequestState, State
from grants.models import Application, Event, Fund, LedgerEntry, ReliefLine, ReversalRequest

FILING = {"create", "edit", "attach", "submit", "answer"}
ASSESSING = {"assess_favourable", "assess_unfavourable"}
DECIDING = {"approve", "reject"}
CREDITING = {"credit"}
HANDS = {"filed": FILING, "assessed": ASSESSING, "decided": DECIDING, "credited": CREDITING}

ENDED = {State.CREDITED, State.REVERSED, State.CANCELLED, State.REJECTED, State.WITHDRAWN, State.LAPSED}
HOLDING = ("available", "reserved", "committed", "credited")

FINGERPRINT_OF = (
    "application",
    "reliefline",
    "document",
    "assessment",
    "visa",
    "reversalrequest",
    "fund",
    "charter",
    "fundmember",
    "fundproposal",
)


def faults(fund: Fund) -> list[str]:
    """All that is wrong with a fund, in words; [] when it is sound."""
    return [
        *(fault.sentence() for fault in ledger.verify(fund.pk)),
        *(fault.sentence() for fault in agreement_faults(fund)),
        *money_faults(fund),
        *line_faults(fund),
        *four_eyes_faults(fund),
    ]


def money_faults(fund: Fund) -> Iterator[str]:
    """The accounts now and at the end of each day, replayed from the rows; what ended files still hold."""
    rows = list(LedgerEntry.objects.filter(fund=fund).order_by("number"))
    days = sorted({row.value_date for row in rows})
    for day in [*(day - timedelta(days=1) for day in days[:1]), *days]:
        held = replayed(row for row in rows if row.value_date <= day)
        at = ledger.position_as_at(fund.pk, day)
        if {name: getattr(at, f"{name}_cents") for name in HOLDING} != {name: held[name] for name in HOLDING}:
            yield f"as at {day} the position is {at}, its rows say {dict(held)}"
        if not 0 <= at.endowed_cents <= at.ceiling_cents:
            yield f"as at {day}, {at.endowed_cents} are endowed under a ceiling of {at.ceiling_cents}"
    held, now = replayed(rows), ledger.position(fund.pk)
    sums = sum(getattr(now, f"{name}_cents") for name in HOLDING)
    if not now.endowed_cents == sums == -held["endowment"] <= now.ceiling_cents:
        yield f"endowed {now.endowed_cents}, the accounts hold {sums}, the rows say {-held['endowment']}"
    if any(getattr(now, f"{name}_cents") != held[name] or held[name] < 0 for name in HOLDING):
        yield f"the position is {now}, its rows say {dict(held)}"
    if Fund.objects.get(pk=fund.pk).state == FundState.CLOSED and held["available"]:
        yield f"the fund is closed and {held['available']} are still available"
    for file in Application.objects.filter(fund=fund, state__in=ENDED):
        left = replayed(row for row in rows if row.application_id == file.pk)
        if left["reserved"] or left["committed"]:
            yield f"{file.reference} is {file.state} and holds {dict(left)}"


def replayed(rows: Iterable[LedgerEntry]) -> Counter[str]:
    """Account -> cents, by adding up the rows' amounts alone."""
    held: Counter[str] = Counter()
    for row in rows:
        held[row.source] -= row.amount_cents
        held[row.target] += row.amount_cents
    return held


def line_faults(fund: Fund) -> Iterator[str]:
    """A month relieved twice, a rank given twice, more granted than asked, a file in no state its lines could have."""
    alive = ReliefLine.objects.filter(state__in=["claimed", "approved", "credited"])
    for twice in alive.values("lease", "month", "component").annotate(n=Count("pk")).filter(n__gt=1):
        yield f"relieved twice: {twice}"
    files = Application.objects.filter(fund=fund)
    for rank, n in Counter(files.exclude(rank=None).values_list("rank", flat=True)).items():
        if n > 1:
            yield f"rank {rank} is given {n} times"
    for line in ReliefLine.objects.filter(application__fund=fund).select_related("application"):
        granted = line.approved_cents if line.state in (LineState.APPROVED, LineState.CREDITED) else 0
        if (granted or 0) > line.asked_cents:
            yield f"line {line.pk} is granted {granted} of {line.asked_cents}"
        ended = line.application.state in ENDED - {State.CREDITED}
        if ended and line.state in (LineState.CLAIMED, LineState.APPROVED):
            yield f"{line.application.reference} is {line.application.state} and its line {line.pk} {line.state}"


def four_eyes_faults(fund: Fund) -> list[str]:
    """Who took two incompatible steps, from the events alone."""
    events = list(Event.objects.filter(fund=fund).order_by("pk"))
    files: dict[int, list[Event]] = {}
    for event in events:
        if event.application_id is not None:
            files.setdefault(event.application_id, []).append(event)
    found = [fault for pk, done in files.items() for fault in _file_faults(pk, done)]
    found += [
        f"request {request.pk} is asked and settled by the same person"
        for request in ReversalRequest.objects.filter(application__fund=fund).exclude(state=RequestState.OPEN)
        if request.asked_by_id == request.settled_by_id
    ]
    proposers = {event.data["proposal"]: event.user_id for event in events if event.action == "propose"}
    found += [
        f"proposal {event.data['proposal']} is proposed and settled by the same person"
        for event in events
        if event.action != "propose" and proposers.get(event.data.get("proposal")) == event.user_id
    ]
    return found


def _file_faults(pk: int, events: Iterable[Event]) -> Iterator[str]:
    people: dict[str, set[int]] = {hand: set() for hand in HANDS}
    givers: set[int] = set()
    for event in events:
        for hand, actions in HANDS.items():
            if event.action in actions:
                people[hand].add(event.user_id)
        if event.action == "approve":
            if event.user_id in givers:
                yield f"file {pk}: both visas are {event.user_id}'s"
            givers.add(event.user_id)
        if event.to_state != State.ELIGIBLE:
            givers = set()
    for (one, its), (other, theirs) in combinations(people.items(), 2):
        if its & theirs:
            yield f"file {pk}: {sorted(its & theirs)} {one} and {other}"


def fingerprint() -> tuple[str, ...]:
    """Changes with any row that an action writes."""
    # The tables' names are ours, from the list above.
    rows = ", ".join(
        f"(SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t.id)), '') FROM grants_{table} t)"  # noqa: S608
        for table in FINGERPRINT_OF
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {rows}, (SELECT count(*) || '.' || max(id) FROM grants_event),"  # noqa: S608
            " (SELECT count(*) || '.' || max(id) FROM grants_ledgerentry), (SELECT count(*) FROM grants_notification),"
            " (SELECT md5(string_agg(p::text, '|' ORDER BY fund_id)) FROM grants_position p)"
        )
        found: tuple[str, ...] = cursor.fetchone()
    return found
