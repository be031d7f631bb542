"""Which fund, which of its files, and which of those somebody chose: alike on every page about many files."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from grants import queries
from grants.actions.bulk import ROW_LIMIT
from grants.desk.search import matching
from grants.enums import Role
from grants.models import Application, Fund, FundMember

if TYPE_CHECKING:
    from fundadmin.models import User

BIGINT_DIGITS = 19
PAGE = 50
WORDS_LIMIT = 100  # characters


def asked_in(request: HttpRequest, name: str) -> str:
    """What a form or an address says under a name."""
    found: str = request.POST.get(name) or request.GET.get(name, "")
    return found.replace("\0", "").strip()


def funds_of_role(user: "User", *roles: Role) -> list[Fund]:
    """The funds in which a person holds one of these roles today."""
    held = FundMember.objects.filter(queries.held_by(user, timezone.localdate()), fund=OuterRef("pk"), role__in=roles)
    return list(queries.funds_visible_to(user).filter(Exists(held)))


def fund_asked(request: HttpRequest, funds: Sequence[Fund], files: QuerySet[Application]) -> Fund | None:
    """The fund named in the request (`fonds`), if it is one of these; else the first in which there is something to do.

    `files`: what is to do in all of them.
    """
    code = asked_in(request, "fonds")
    named = next((fund for fund in funds if fund.code == code), None)
    if named or not funds[1:]:
        return named or next(iter(funds), None)
    busy = set(files.order_by().values_list("fund", flat=True).distinct())
    return next((fund for fund in funds if fund.pk in busy), funds[0])


@dataclass(frozen=True, slots=True)
class Choice:
    """The files that match the filter, the page of them that is shown, and those that are chosen."""

    words: str
    matching: QuerySet[Application]
    total: int
    page: list[Application]
    following: int | None
    everything: bool
    chosen: frozenset[UUID]

    @property
    def capped(self) -> bool:
        """Whether more match than may be taken at once."""
        return self.total > ROW_LIMIT

    @property
    def limit(self) -> int:
        return ROW_LIMIT

    def taken(self) -> list[Application]:
        """The files that an action is to be taken on, in order: all that match, or those chosen among them."""
        rows = self.matching if self.everything else self.matching.filter(uuid__in=self.chosen)
        return list(rows[:ROW_LIMIT])


def choose(request: HttpRequest, files: QuerySet[Application], *, order: Sequence[str] = ("rank",)) -> Choice:
    """Read the filter (`q`), the place in the list (`apres`: a file's id) and what is chosen (`dossier`, `tous`).

    `order`: the columns that the list is sorted by, none of which is empty in it.
    """
    words = asked_in(request, "q")[:WORDS_LIMIT]
    found = matching(files, words).order_by(*order)
    page = list(beyond(found, asked_in(request, "apres"), order)[: PAGE + 1])
    return Choice(
        words=words,
        matching=found,
        total=found.count(),
        page=page[:PAGE],
        following=page[PAGE - 1].pk if len(page) > PAGE else None,
        everything=asked_in(request, "tous") == "1",
        chosen=frozenset(uuids(request.POST.getlist("dossier"))),
    )


def beyond(rows: QuerySet[Application], after: str, order: Sequence[str]) -> QuerySet[Application]:
    """The rows of a list after a file, which may have left the list since; all where none of a list is named."""
    if not after.isdecimal() or len(after) >= BIGINT_DIGITS:
        return rows
    last = Application.objects.filter(pk=int(after)).values(*order).first()
    if last is None or None in last.values():
        return rows
    later, alike = Q(pk__in=[]), Q()
    for name in order:
        later |= alike & Q(**{f"{name}__gt": last[name]})
        alike &= Q(**{name: last[name]})
    return rows.filter(later)


def following(waiting: QuerySet[Application], done: Application) -> tuple[Application | None, int]:
    """The next file by rank after one that is done, from the first again after the last; and how many are left."""
    return waiting.filter(rank__gt=done.rank or 0).first() or waiting.first(), waiting.count()


def uuids(texts: Collection[str]) -> Iterable[UUID]:
    for text in texts:
        try:
            yield UUID(text)
        except ValueError:
            continue
