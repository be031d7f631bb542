"""A person's tasks, in a fixed number of queries for however many funds and files; and how many there are, in two."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import CharField, QuerySet, Value
from django.utils import timezone

from grants.actions.available import Situation, situations_of
from grants.actions.reversal import settling_breaches
from grants.desk.kinds import RULES, STEPS, Kind, Person, person_of, rows_of
from grants.desk.letters import Pile, piles_to_issue, piles_to_send
from grants.desk.waiting import last_changes, last_offers
from grants.enums import Action, LineState, Side
from grants.exceptions import Breach
from grants.models import Application, Commitment, FundMember, FundProposal
from grants.notifications import MOST_UNREAD, unread_of

if TYPE_CHECKING:
    from fundadmin.models import User

SHOWN: Final = 50
"""How many tasks of a kind are shown; the others are counted."""
UNREAD: Final = "unread"
"""The mark of a message, beside those of the kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do: on a file, to confirm what was proposed for a fund, to keep what its charter says, or letters.

    `step`: the action that does it; None where a rule that SQL does not judge keeps this person from it (`blocked`).
    """

    kind: Kind
    on: date
    since: date | None
    due: date | None = None
    amount_cents: int | None = None
    file: Application | None = None
    proposal: FundProposal | None = None
    member: FundMember | None = None
    commitment: Commitment | None = None
    letters: Pile | None = None
    step: Action | None = None
    request: UUID | None = None
    """The request to undo that is to be settled."""
    blocked: tuple[Breach, ...] = ()

    @property
    def age(self) -> int:
        """Days since it lies there."""
        return max(0, (self.on - self.since).days) if self.since else 0

    @property
    def overdue(self) -> int:
        """Days since it should have been done."""
        return max(0, (self.on - self.due).days) if self.due else 0


@dataclass(frozen=True, slots=True)
class Group:
    """The tasks of one kind, the oldest rank first; `total` counts those that are not shown too."""

    kind: Kind
    total: int
    tasks: Sequence[Task]

    @property
    def more(self) -> int:
        return self.total - len(self.tasks)


class Counts(NamedTuple):
    """What the navigation tells of a desk. `books`: the funds in which they read what is the landlord's own."""

    tasks: int
    unread: int
    books: frozenset[int]


def counts_of(user: "User", on: date | None = None) -> Counts:
    """How many tasks a person has and how many messages unread, for the navigation: in the same two queries."""
    who = person_of(user, on or timezone.localdate())
    if not who.roles:
        return Counts(0, 0, frozenset())
    books = frozenset(row.fund_id for row in who.roles if row.side != Side.CHAMBER)
    with connection.cursor() as cursor:
        cursor.execute(*_desk_statement(who, timezone.localdate()))
        counts = dict(cursor.fetchall())
    unread_count = counts.pop(UNREAD, 0)
    return Counts(sum(counts.values()), unread_count, books)


@lru_cache(maxsize=256)
def _desk_statement(who: Person, _today: date) -> tuple[str, tuple[Any, ...]]:
    """The statement that counts a person's tasks and messages, which depends on their roles and on the day alone.

    Every page asks it, and Django takes three times as long to write it as PostgreSQL to answer.
    """
    unread = unread_of(who.user).annotate(task=Value(UNREAD, CharField())).values_list("task", "pk")[:MOST_UNREAD]
    return _count_statement([*_by_kind(who), unread])


def tasks_of(user: "User", on: date | None = None) -> list[Group]:
    """A person's tasks by kind, in the order of `Kind`; kinds without a task are left out."""
    who = person_of(user, on or timezone.localdate())
    counts = _counts(who)
    if not counts:
        return []
    chosen = _chosen(who, counts)
    on_files = _on_files(who, {kind: ids for kind, ids in chosen.items() if kind in RULES})
    on_funds = [task for kind, found in ON_FUNDS.items() for task in found(who, chosen.get(kind, []))]
    tasks = [*on_files, *on_funds]
    return [Group(kind, counts[kind], [task for task in tasks if task.kind == kind]) for kind in Kind if kind in counts]


def _marked(kind: Kind, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    marked: QuerySet[Any, Any] = rows.annotate(task=Value(kind.value, CharField())).values_list("task", "pk")
    return marked


def _by_kind(who: Person) -> list[QuerySet[Any, Any]]:
    return [_marked(kind, rows_of(kind, who).order_by()) for kind in who.kinds]


def _counts(who: Person) -> dict[Kind, int]:
    """How many tasks of each kind there are, in one query."""
    return {Kind(kind): count for kind, count in _counted(_by_kind(who)).items()} if who.roles else {}


def _counted(marked: Sequence[QuerySet[Any, Any]]) -> dict[str, int]:
    """How many rows have each mark, in one query."""
    if not marked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(*_count_statement(marked))
        return dict(cursor.fetchall())


def _count_statement(marked: Sequence[QuerySet[Any, Any]]) -> tuple[str, tuple[Any, ...]]:
    sql, parameters = marked[0].union(*marked[1:], all=True).query.sql_with_params()
    # The statement is Django's own; its parameters go along.
    return f"SELECT task, count(*) FROM ({sql}) AS tasks GROUP BY task", tuple(parameters)  # noqa: S608 - the ORM wrote it


def _chosen(who: Person, counts: Mapping[Kind, int]) -> dict[Kind, list[int]]:
    """The ids of the tasks shown, in their order, in one query."""
    kinds = [_marked(kind, rows_of(kind, who).order_by(*ORDER.get(kind, ("rank", "pk"))))[:SHOWN] for kind in counts]
    found: dict[Kind, list[int]] = {}
    for kind, pk in kinds[0].union(*kinds[1:], all=True):
        found.setdefault(Kind(kind), []).append(pk)
    return found


ORDER: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.PROPOSAL: ("pk",),
    Kind.MEMBER: ("pk",),
    Kind.COMMITMENT: ("due_on", "pk"),
    Kind.ISSUE_LETTERS: ("code",),
    Kind.SEND_LETTERS: ("code",),
}
"""The order of the tasks of a kind that are not files."""


def _on_files(who: Person, chosen: Mapping[Kind, Sequence[int]]) -> list[Task]:
    ids = {pk for of_kind in chosen.values() for pk in of_kind}
    if not ids:
        return []
    found = situations_of([Application(pk=pk) for pk in ids], who.user, who.on)
    situations = {now.application.pk: now for now in found}
    since, offered = last_changes(ids), last_offers(ids)
    return [
        _task(kind, situations[pk], offered.get(pk) if kind == Kind.OFFER else since.get(pk))
        for kind, of_kind in chosen.items()
        for pk in of_kind
        # Somebody may have deleted a draft meanwhile.
        if pk in situations
    ]


def _task(kind: Kind, now: Situation, since: date | None) -> Task:
    refused = {action: now.breaches(action) for action in STEPS[kind]}
    step = next((action for action, breaches in refused.items() if not breaches), None)
    why = min(refused.values(), key=lambda breaches: any(breach.code == "wrong_state" for breach in breaches))
    return Task(
        kind=kind,
        on=now.on,
        since=SINCE[kind](now) if kind in SINCE else since,
        due=DUE[kind](now) if kind in DUE else None,
        amount_cents=AMOUNTS.get(kind, _asked)(now),
        file=now.application,
        step=step,
        request=_ripest(now) if kind == Kind.SETTLE else None,
        blocked=() if step else tuple(why),
    )


def _ripest(now: Situation) -> UUID | None:
    """The first request on which this person may decide."""
    ripe = (one for one in now.requests if not settling_breaches(one, Action.REVERSE, now.by, now.on))
    return next((one.uuid for one in ripe), None)


def _asked(now: Situation) -> int:
    return sum(line.asked_cents for line in now.lines)


def _approved(now: Situation) -> int:
    """What is left to credit."""
    return sum(line.approved_cents or 0 for line in now.lines_in(LineState.APPROVED) if line.pk not in now.blocked)


def _proposed(now: Situation) -> int:
    """What the first visa gives, or what is proposed for one."""
    if now.visas:
        return sum(now.visas[0].amounts.values())
    return sum(line.proposed_cents or 0 for line in now.lines_in(LineState.CLAIMED))


def _in_requests(now: Situation) -> int:
    return sum(line.approved_cents or 0 for line in now.lines if line.pk in now.blocked)


AMOUNTS: Final[Mapping[Kind, Callable[[Situation], int | None]]] = {
    Kind.OFFER: lambda now: now.application.offered_cents,
    Kind.VISA: _proposed,
    Kind.SECOND_VISA: _proposed,
    Kind.CREDIT: _approved,
    Kind.SETTLE: _in_requests,
}
"""What a task is about, in cents; what is asked for the others."""

DUE: Final[Mapping[Kind, Callable[[Situation], date | None]]] = {
    Kind.ANSWER: lambda now: now.application.info_due_on,
    Kind.UNANSWERED: lambda now: now.application.info_due_on,
    Kind.OFFER: lambda now: now.application.offered_until,
    Kind.VISA: lambda now: now.application.reserved_until,
    Kind.SECOND_VISA: lambda now: now.application.reserved_until,
    Kind.DRAFT: lambda now: (now.in_force or now.application.charter).filing_deadline,
}

SINCE: Final[Mapping[Kind, Callable[[Situation], date | None]]] = {
    Kind.SECOND_VISA: lambda now: now.visas[0].on if now.visas else None,
    Kind.SETTLE: lambda now: min((one.reply_until or one.asked_on for one in now.requests), default=None),
}
"""Since when it lies there, where that is not since the file came into its state."""


def _proposals(who: Person, ids: Iterable[int]) -> list[Task]:
    rows = FundProposal.objects.filter(pk__in=list(ids)).select_related("fund", "proposed_by", "charter").order_by("pk")
    return [
        Task(kind=Kind.PROPOSAL, on=who.on, since=row.proposed_on, amount_cents=row.amount_cents, proposal=row)
        for row in rows
    ]


def _members(who: Person, ids: Iterable[int]) -> list[Task]:
    rows = FundMember.objects.filter(pk__in=list(ids)).select_related("fund", "user", "proposed_by").order_by("pk")
    return [Task(kind=Kind.MEMBER, on=who.on, since=timezone.localdate(row.proposed_at), member=row) for row in rows]


def _commitments(who: Person, ids: Iterable[int]) -> list[Task]:
    rows = Commitment.objects.filter(pk__in=list(ids)).select_related("charter__fund").order_by("due_on", "pk")
    return [Task(kind=Kind.COMMITMENT, on=who.on, since=row.due_on, due=row.due_on, commitment=row) for row in rows]


def _piles(kind: Kind, piles: Sequence[Pile], on: date) -> list[Task]:
    return [Task(kind=kind, on=on, since=pile.since, due=pile.due, letters=pile) for pile in piles]


ON_FUNDS: Final[Mapping[Kind, Callable[[Person, Iterable[int]], list[Task]]]] = {
    Kind.PROPOSAL: _proposals,
    Kind.MEMBER: _members,
    Kind.COMMITMENT: _commitments,
    Kind.ISSUE_LETTERS: lambda who, ids: _piles(Kind.ISSUE_LETTERS, piles_to_issue(who, ids), who.on),
    Kind.SEND_LETTERS: lambda who, ids: _piles(Kind.SEND_LETTERS, piles_to_send(who, ids), who.on),
}
