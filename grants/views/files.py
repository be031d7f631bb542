"""The list of files: all the funds' that a person sees, searched, filtered, page by page."""

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.reading import log_audit
from grants.desk import waiting_for
from grants.desk.search import after, files_found, totals_of
from grants.enums import FundState, Reading, Role, Side
from grants.file_forms import FilterForm
from grants.models import Application, Fund, FundMember
from grants.visibility import auditing

PAGE = 50
BIGINT_DIGITS = 19


@require_safe
@login_required
def applications(request: HttpRequest) -> HttpResponse:
    """`?after=`: the id a page goes on from; the rest of the query is the filter, which the files' links keep."""
    user, today = cast("User", request.user), timezone.localdate()
    funds = list(queries.funds_visible_to(user))
    form = filter_form(request, funds)
    wanted = form.wanted()
    found = files_found(user, wanted, today)
    place = request.GET.get("after", "")
    rows = found
    if place.isdecimal() and len(place) < BIGINT_DIGITS:
        rows = after(found, int(place), newest=wanted.newest)
    files = list(queries.with_totals(rows.select_related("fund", "charter", "tenant", "advisor"))[: PAGE + 1])
    log_audit(auditing(user), by=user, what=Reading.APPLICATION, filter=request.GET.urlencode())
    shown = {
        "form": form,
        "funds": funds,
        "rows": in_rows(files[:PAGE]),
        "totals": totals_of(found),
        "kept": kept_filter(request),
        "next": f"?{kept_filter(request, after=files[PAGE - 1].pk)}" if len(files) > PAGE else None,
        "begun": place,
        "doors": doors_of(user, funds),
    }
    return render(request, "grants/applications.html", shown)


@dataclass(frozen=True, slots=True)
class Doors:
    """What a person may begin: a file in these funds, the transfer of a portfolio in those."""

    filing: list[Fund]
    portfolios: list[Fund]


def doors_of(user: User, funds: list[Fund]) -> Doors:
    """Advisors file in open funds until the deadline; the chamber's managers hand files over."""
    today = timezone.localdate()
    held = FundMember.objects.filter(
        queries.held_by(user, today), side=Side.CHAMBER, role__in=[Role.ADVISOR, Role.MANAGER]
    )
    roles = set(held.values_list("fund_id", "role"))
    charters = queries.charters_in_force([fund.pk for fund in funds], today)
    open_funds = [fund for fund in funds if fund.state == FundState.OPEN and today <= charters[fund.pk].filing_deadline]
    return Doors(
        filing=[fund for fund in open_funds if (fund.pk, Role.ADVISOR) in roles],
        portfolios=[fund for fund in funds if (fund.pk, Role.MANAGER) in roles],
    )


def in_rows(files: list[Application]) -> list[tuple[Application, list[object]]]:
    """Each file with whom it waits for."""
    waiting = waiting_for(files)
    return [(file, [*waiting[file.pk]]) for file in files]


def filter_form(request: HttpRequest, funds: list[Fund]) -> FilterForm:
    return FilterForm(request.GET, funds=funds, advisors=advisors_of(funds), label_suffix="", auto_id="filter-%s")


def advisors_of(funds: list[Fund]) -> QuerySet[User]:
    """Everybody who has been an advisor in these funds."""
    members = FundMember.objects.filter(fund__in=funds, role=Role.ADVISOR)
    return User.objects.filter(pk__in=members.values("user")).order_by("full_name", "pk")


def kept_filter(request: HttpRequest, **more: object) -> str:
    """The filter as a query, without the page; never empty, so that a file knows it was reached from the list."""
    kept = {name: value for name, value in request.GET.items() if value and name != "after"}
    return urlencode({"order": "newest"} | kept | more)
