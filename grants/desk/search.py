"""Finding files: by what people type, by state, fund, advisor, whom they wait for, and when they were filed."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, F, Func, Q, QuerySet, Sum, Value
from django.db.models.fields import BooleanField

from grants import queries
from grants.desk.waiting import awaiting
from grants.enums import Role
from grants.models import Application, ReliefLine
from landlords.search import ids_of_tenants, typed

if TYPE_CHECKING:
    from fundadmin.models import User

WORDS: Final = 8
"""How many words of a text are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of the files that a person sees; what is empty narrows nothing. `newest`: the order."""

    text: str = ""
    state: str = ""
    fund: str = ""
    advisor: str = ""
    waiting_for: str = ""
    filed_from: date | None = None
    filed_until: date | None = None
    newest: bool = True


@dataclass(frozen=True, slots=True)
class Totals:
    """How many files there are, what they ask, what is approved or credited of it."""

    files: int
    asked_cents: int
    granted_cents: int


def files_found(user: "User", wanted: Wanted, on: date) -> QuerySet[Application]:
    """The files a person sees that are wanted, in order, without their sums."""
    rows = queries.files_open_to(user)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.fund:
        rows = rows.filter(fund__code=wanted.fund)
    if wanted.advisor:
        rows = rows.filter(advisor__uuid=wanted.advisor)
    if wanted.waiting_for:
        rows = rows.filter(awaiting(Role(wanted.waiting_for), on))
    if wanted.filed_from:
        rows = rows.filter(submitted_on__gte=wanted.filed_from)
    if wanted.filed_until:
        rows = rows.filter(submitted_on__lte=wanted.filed_until)
    return matching(rows, wanted.text).order_by("-pk" if wanted.newest else "pk")


def matching(rows: QuerySet[Application], text: str) -> QuerySet[Application]:
    """Those of the files that have every word of a text."""
    for word in typed(text).split()[:WORDS]:
        rows = rows.filter(pk__in=ids_of_files(word))
    return rows


def ids_of_files(word: str) -> QuerySet[Application, Any]:
    """The ids of the files that have this word, each part by its own index.

    It is looked for in the reference, what a tenant is found by, and the numbers of the vouchers of the lines.
    """
    of_tenants = Application.objects.filter(tenant__in=ids_of_tenants(word)).order_by().values("pk")
    named = Application.objects.filter(_has_words("reference", word)).order_by().values("pk")
    credited = lines_of_voucher(word).values(pk=F("application"))
    return of_tenants.union(named, credited, all=True)


def lines_of_voucher(text: str) -> QuerySet[ReliefLine]:
    """The lines credited by a voucher whose number has all the words of a text; none, where it has no word."""
    return ReliefLine.objects.filter(_has_words("voucher_ref", text)).exclude(voucher_ref="").order_by()


def _has_words(column: str, text: str) -> Func:
    words = Func(Func(F(column), function="landlords_words"), function="array_to_tsvector")
    query = Func(Value(text), function="landlords_query")
    return Func(words, query, template="(%(expressions)s)", arg_joiner=" @@ ", output_field=BooleanField())


def totals_of(rows: QuerySet[Application]) -> Totals:
    """Of all the files found, on however many pages."""
    lines = ReliefLine.objects.filter(application__in=rows.order_by().values("pk"))
    granted = Q(state__in=queries.GRANTED)
    sums = lines.aggregate(asked=Sum("asked_cents"), granted=Sum("approved_cents", filter=granted))
    return Totals(rows.aggregate(files=Count("pk"))["files"], sums["asked"] or 0, sums["granted"] or 0)


def after(rows: QuerySet[Application], pk: int, *, newest: bool) -> QuerySet[Application]:
    """The files that follow one in the list."""
    return rows.filter(pk__lt=pk) if newest else rows.filter(pk__gt=pk)


def neighbours(
    user: "User", wanted: Wanted, file: Application, on: date
) -> tuple[Application | None, Application | None]:
    """The files before and after one in the list of those wanted."""
    other_way = replace(wanted, newest=not wanted.newest)
    preceding, following = (
        after(files_found(user, way, on), file.pk, newest=way.newest).first() for way in (other_way, wanted)
    )
    return preceding, following
