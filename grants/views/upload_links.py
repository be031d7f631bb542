"""One-time links: made and ended by the advisor, opened by the tenant without an account."""

from collections.abc import Mapping
from typing import Any, Final, cast
from uuid import UUID, uuid4

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from fundadmin.going_back import forget
from fundadmin.models import User
from grants import queries
from grants.actions.documents import Upload
from grants.actions.upload_links import link_of, make_link, receive, revoke_link
from grants.document_kinds import kind_label
from grants.drafting.papers import proofs_of, read_upload, wanted_by
from grants.enums import Action, State
from grants.exceptions import ActionRefused, BadInput, Breach, KeyReused
from grants.models import Application, UploadLink
from grants.permissions import asking_for, breaches
from grants.views.refusals import REFUSED, refusal_page

GONE: Final = 410
DAYS: Final = (3, 7, 14, 30)
USUAL_DAYS: Final = 7
MADE: Final = "fait"
"""The part of the address that names the link that was just made."""
SHOWN_WITHIN: Final = 600  # seconds
PLACES: Final = ("kinds", "days")
"""The fields of the form."""
RATES: Final = {"open": "60/m/ip", "send": "10/m/ip"}
"""Opening and sending, per network: a secret of 256 bits is not guessed, but a page without log-in can be flooded."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Choose what the tenant is asked for; then the same address shows the link, once."""
    user = cast("User", request.user)
    file = get_object_or_404(queries.files_open_to(user), uuid=uuid)
    if refused := breaches(asking_for(Action.ATTACH, user, file, timezone.localdate())):
        return refuse(request, file, refused)
    shown: dict[str, Any] = {"draft": file, "wanted": wanted_by(file), "days": DAYS}
    shown["back"] = back_of(file)
    if request.method != "POST":
        made = request.GET.get(MADE, "")
        if link := next((link for link in file.upload_links.filter(made_by=user) if str(link.uuid) == made), None):
            return show_made(request, link, shown)
        shown |= {"kinds": missing_of(file), "chosen_days": USUAL_DAYS, "key": str(uuid4())}
        return render(request, "grants/drafting/link.html", shown)
    chosen, typed, key = request.POST.getlist("kinds"), request.POST.get("days", ""), request.POST.get("key", "")
    known = {wanted.kind for wanted in shown["wanted"]}
    days = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < len("100") else 0
    try:
        link, secret = make_link(
            application=file, kinds=[kind for kind in chosen if kind in known], days=days, by=user, key=key
        )
    except ActionRefused as refusal:
        wrong = {place: [str(found) for found in refusal.breaches if found.pointer == place] for place in PLACES}
        elsewhere = [str(found) for found in refusal.breaches if found.pointer not in PLACES]
        shown |= {"wrong": wrong, "refused": elsewhere, "kinds": chosen, "chosen_days": days}
        # A key that stands for another link is of no more use.
        shown["key"] = str(uuid4()) if isinstance(refusal, KeyReused) or not key else key
        return render(request, "grants/drafting/link.html", shown, status=REFUSED)
    if secret:
        cache.set(kept_as(link), secret, SHOWN_WITHIN)
    return redirect(f"{request.path}?{MADE}={link.uuid}")


def show_made(request: HttpRequest, link: UploadLink, shown: Mapping[str, Any]) -> HttpResponse:
    """The link's address where it was not shown yet: its secret is kept nowhere else, and here only until then."""
    secret = cache.get(kept_as(link))
    if request.method == "GET":
        cache.delete(kept_as(link))
    address = request.build_absolute_uri(reverse("grants:upload", args=[secret])) if secret else ""
    return render(request, "grants/drafting/link_made.html", {**shown, "link": link, "address": address})


def kept_as(link: UploadLink) -> str:
    """Where the secret waits: not in the session, which two clicks at once would write over."""
    return f"upload-link:{link.uuid}"


def missing_of(file: Application) -> list[str]:
    """What is most likely asked for: what the charter wants and isn't there, or else what would prove the facts."""
    there = wanted_by(file)
    proofs = proofs_of(file)
    return [one.kind for one in there if one.is_missing or (one.kind in proofs and not one.documents)]


@login_required
@require_POST
def revoke(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = cast("User", request.user)
    files = queries.files_open_to(user)
    link = get_object_or_404(UploadLink.objects.filter(application__in=files).select_related("application"), uuid=uuid)
    try:
        revoke_link(link=link, by=user)
    except ActionRefused as refusal:
        return refuse(request, link.application, refusal.breaches)
    messages.success(request, _("The link is ended: it opens nothing any more."))
    return redirect(back_of(link.application))


def refuse(request: HttpRequest, file: Application, found: Any) -> HttpResponse:
    back = reverse("grants:application", args=[file.uuid])
    return refusal_page(request, found, title=_("Link for the tenant"), back=back)


def back_of(file: Application) -> str:
    name = "grants:edit_draft" if file.state == State.DRAFT else "grants:file_documents"
    return reverse(name, args=[file.uuid]) + "#pieces"


@cache_control(private=True, max_age=0)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, secret: str) -> HttpResponse:
    """The tenant's page: who asks for what and why, a place for each document, and thanks. Nobody logs in here."""
    step = "send" if request.method == "POST" else "open"
    rate = {f"upload_{step}": RATES[step]}
    if not ratelimit.consume(request, app="grants", action=f"upload_{step}", config=rate, limit_get=True):
        return render(request, "429.html", status=429)
    link = link_of(secret, timezone.now())
    if link is None:
        return render(request, "grants/drafting/upload_closed.html", status=GONE)
    if request.method != "POST":
        return show(request, link)
    try:
        receive(link=link, uploads=read(request, link))
    except ActionRefused as refusal:
        return show(request, link, [str(breach) for breach in refusal.breaches], status=REFUSED)
    return redirect("grants:upload_thanks")


def read(request: HttpRequest, link: UploadLink) -> list[Upload]:
    """The files of each kind asked for, joined; all that is wrong with any of them at once."""
    uploads: list[Upload] = []
    found: list[Breach] = []
    for n, kind in enumerate(link.kinds):
        if files := request.FILES.getlist(f"file-{n}"):
            try:
                uploads.append(read_upload(link.application, kind, files))
            except BadInput as refusal:
                found += refusal.breaches
    if found:
        raise BadInput(found)
    return uploads


def show(
    request: HttpRequest, link: UploadLink, refused: list[str] | None = None, *, status: int = 200
) -> HttpResponse:
    shown = {
        "business": link.application.tenant.legal_name,
        "landlord": link.application.fund.landlord.name,
        "kinds": [(f"file-{n}", kind_label(kind)) for n, kind in enumerate(link.kinds)],
        "until": timezone.localtime(link.expires_at),
        "refused": refused or [],
    }
    return render(request, "grants/drafting/upload.html", shown, status=status)


def thanks(request: HttpRequest) -> HttpResponse:
    """Where the form led to: going back to it shows nothing any more, be it on a computer of many."""
    return forget(render(request, "grants/drafting/upload_thanks.html"))
