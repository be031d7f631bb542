"""The page that says why somebody can't be where they went, in the sentences the action would refuse with."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from grants.exceptions import Breach

NOT_ALLOWED, REFUSED = 403, 422


def refusal_page(
    request: HttpRequest, breaches: Iterable[Breach], *, title: str, back: str, status: int = NOT_ALLOWED
) -> HttpResponse:
    """`back`: the address that leads on."""
    shown = {"title": title, "sentences": [str(breach) for breach in breaches], "back": back}
    return render(request, "grants/refused.html", shown, status=status)
