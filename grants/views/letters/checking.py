"""The page that vouches for a letter: what was issued under its code, and nothing about anybody. Open to all."""

from typing import Final

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from grants.actions.letters import ALPHABET, CODE_LENGTH
from grants.letters.composing import GROUP
from grants.models import Letter

RATE: Final = "30/m/ip"
UNKNOWN: Final = 404


@never_cache
@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """Type the code of a letter: `?code=`."""
    if typed := request.GET.get("code", "").strip():
        return redirect("grants:check_letter", grouped(cleaned(typed)) or "-")
    return render(request, "grants/letters/check.html", {"letter": None, "code": "", "asked": False})


@never_cache
@require_safe
def check_letter(request: HttpRequest, code: str) -> HttpResponse:
    """The letter's kind, landlord, date, amount and digest; an unknown code is told what to do."""
    if not ratelimit.consume(
        request, app="grants", action="check_letter", config={"check_letter": RATE}, limit_get=True
    ):
        return render(request, "429.html", status=429)
    typed = cleaned(code)
    letter = None
    if len(typed) == CODE_LENGTH:
        letter = Letter.objects.select_related("fund__landlord").filter(code=typed).first()
    context = {"letter": letter, "code": grouped(typed), "asked": True}
    return render(request, "grants/letters/check.html", context, status=200 if letter else UNKNOWN)


def cleaned(code: str) -> str:
    """As it is kept, however it was typed; what no code has is left out."""
    return "".join(one for one in code.upper() if one in ALPHABET)[: CODE_LENGTH + 1]


def grouped(code: str) -> str:
    return "-".join(code[n : n + GROUP] for n in range(0, len(code), GROUP))
