"""Letters on a desk: what a fund has to issue, or to send, is one task, however many letters it is."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from grants.actions.letters import actors_of, kinds_of
from grants.enums import LetterKind, Role, Side
from grants.letters.due import ACTION_OF, issuable, last_day, unsent, without_letter
from grants.models import Event, Fund, Letter
from grants.permissions import Held

if TYPE_CHECKING:
    from grants.desk.kinds import Person

WRITERS: Final[frozenset[tuple[Role, Side]]] = frozenset(
    (actor.role, actor.side) for kind in LetterKind for actor in actors_of(kind) if actor.side
)
"""Who issues and sends any letter."""
EVERY: Final = 10_000_000
"""More than a fund has."""


@dataclass(frozen=True, slots=True)
class Pile:
    """The letters of a fund: how many, since when the oldest lies there, and until when one can still be issued."""

    fund: Fund
    count: int
    since: date
    due: date | None = None


def theirs(who: "Person") -> dict[tuple[LetterKind, ...], list[int]]:
    """The kinds of letters that a person issues and sends -> the funds in which they do."""
    roles: dict[int, list[Held]] = defaultdict(list)
    for row in who.roles:
        roles[row.fund_id].append(row)
    found: dict[tuple[LetterKind, ...], list[int]] = defaultdict(list)
    for fund, held in roles.items():
        if kinds := kinds_of(held):
            found[tuple(kinds)].append(fund)
    return found


def funds_to_issue(who: "Person") -> QuerySet[Fund]:
    """Where there is a letter that they can issue today."""

    def rows(kinds: tuple[LetterKind, ...], funds: list[int]) -> QuerySet[Event]:
        actions = [ACTION_OF[kind] for kind in kinds if kind in ACTION_OF]
        asking = Event.objects.filter(fund__in=funds, action__in=actions)
        # Cut off, so that PostgreSQL looks for those without a letter first: of a fund whose letters are all issued
        # nothing is left to judge.
        return issuable(who.on, kinds).filter(pk__in=without_letter(asking).values("pk")[:EVERY])

    return _where(who, rows)


def funds_to_send(who: "Person") -> QuerySet[Fund]:
    return _where(who, lambda kinds, _funds: unsent(kinds))


def _where(
    who: "Person", rows: Callable[[tuple[LetterKind, ...], list[int]], QuerySet[Event] | QuerySet[Letter]]
) -> QuerySet[Fund]:
    """Whether there is one at all: every page asks."""
    found = Q(pk__in=[])
    for kinds, funds in theirs(who).items():
        found |= Q(Exists(rows(kinds, funds).filter(fund=OuterRef("pk"))), pk__in=funds)
    return Fund.objects.filter(found)


def piles_to_issue(who: "Person", ids: Iterable[int]) -> list[Pile]:
    mine = Q(pk__in=[])
    for kinds, funds in theirs(who).items():
        mine |= Q(fund__in=funds, action__in=[ACTION_OF[kind] for kind in kinds if kind in ACTION_OF])
    rows = issuable(who.on).filter(mine, fund__in=list(ids)).annotate(last=last_day()).order_by()
    return _piled(rows.values_list("fund").annotate(Count("pk"), Min("on"), Min("last")))


def piles_to_send(who: "Person", ids: Iterable[int]) -> list[Pile]:
    mine = Q(pk__in=[])
    for kinds, funds in theirs(who).items():
        mine |= Q(fund__in=funds, kind__in=kinds)
    rows = unsent().filter(mine, fund__in=list(ids)).order_by()
    return _piled(rows.values_list("fund").annotate(Count("pk"), Min("dated")))


def _piled(rows: Iterable[tuple[Any, ...]]) -> list[Pile]:
    """Fund, how many, since when and, where there is one, until when."""
    told = {row[0]: row[1:] for row in rows}
    return [Pile(fund, *told[fund.pk]) for fund in Fund.objects.filter(pk__in=told).order_by("code")]
