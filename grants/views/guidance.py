"""Help for everybody, logged in or not: a guide per role, the glossary, what is accessible and what isn't."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import queries
from grants.letters.glossary import GLOSSARY
from grants.letters.guides import GUIDES


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    """The guides, those of the reader's own roles first."""
    funds = queries.roles_by_fund(request.user) if isinstance(request.user, User) else []
    own = {role for fund in funds for role, _label in fund.roles_held}
    guides = sorted(GUIDES.values(), key=lambda guide: guide.role not in own)
    return render(request, "grants/help.html", {"guides": guides, "own": own})


@require_safe
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    shown = GUIDES.get(slug)
    if shown is None:
        raise Http404
    return render(request, "grants/guide.html", {"guide": shown, "guides": GUIDES.values()})


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    return render(request, "grants/glossary.html", {"sections": GLOSSARY})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "grants/accessibility.html")
