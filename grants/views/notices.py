"""What somebody is told on the site, and how they want to be told by mail."""

from typing import TYPE_CHECKING, cast
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grants import queries
from grants.actions.mailing import mark_read, prefer
from grants.letters.mails import happened, to_do
from grants.notifications import notices_of, still_true, topics_of
from grants.views.notice_forms import PreferenceForm

if TYPE_CHECKING:
    from fundadmin.models import User

PAGE = 50
BIGINT_DIGITS = 19
REFUSED = 422


@login_required
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """The last ones first, each with whether it still holds. `?after=`: the id a page goes on from."""
    user = cast("User", request.user)
    rows = notices_of(user).order_by("-pk")
    only_unread = "unread" in request.GET
    if only_unread:
        rows = rows.filter(read_at__isnull=True)
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < BIGINT_DIGITS:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows[: PAGE + 1])
    shown, true = found[:PAGE], still_true(found[:PAGE])
    more = f"?after={shown[-1].pk}" + ("&unread" if only_unread else "") if len(found) > PAGE else None
    context = {
        "notices": [
            {"row": row, "happened": happened(row.event), "to_do": to_do(row), "holds": row.pk in true} for row in shown
        ],
        "only_unread": only_unread,
        "newest": shown[0].pk if shown else 0,
        "next": more,
    }
    return render(request, "grants/notifications.html", context)


@login_required
@require_safe
def notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Open what a message is about; that it was read is noted."""
    user = cast("User", request.user)
    row = get_object_or_404(notices_of(user), pk=pk)
    mark_read(by=user, up_to=pk, only=pk)
    application = row.event.application
    return redirect(
        reverse("grants:application", args=[application.uuid])
        if application is not None
        else reverse("grants:fund", args=[row.event.fund.code])
    )


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Everything up to the newest one that the page showed: what came since was not seen."""
    newest = request.POST.get("newest", "")
    if newest.isdecimal() and len(newest) < BIGINT_DIGITS:
        mark_read(by=cast("User", request.user), up_to=int(newest))
    return redirect("grants:notifications")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """At once, in the day's digest, or never: for each topic of this person's roles."""
    user = cast("User", request.user)
    roles = {role for fund in queries.roles_by_fund(user) for role, _label in fund.roles_held}
    form = PreferenceForm(request.POST or None, topics=topics_of(roles), user=user, initial={"key": str(uuid4())})
    if request.method == "POST" and form.is_valid():
        prefer(mails=form.mails(), hour=int(form.cleaned_data["hour"]), by=user)
        messages.success(request, _("Your choice is saved."))
        return redirect("grants:mail_preference")
    return render(request, "grants/mail_preference.html", {"form": form}, status=REFUSED if form.errors else 200)
