"""Mails that did not surely arrive, for those who answer for a fund; and how each person wants to be told."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.mailing import prefer
from grants.actions.reading import log_audit
from grants.enums import Reading
from grants.exceptions import BadInput
from grants.models import MailPreference, Notification
from grants.visibility import reader_of

PAGE = 200


@login_required
@require_safe
def mails(request: HttpRequest, code: str) -> HttpResponse:
    """The failed and uncertain mails of a fund, the last ones. Managers and auditors read it."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    if not queries.oversees(user, fund, timezone.localdate()):
        raise Http404
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="mails")
    doubtful = Notification.objects.filter(
        event__fund=fund, status__in=[Notification.Status.FAILED, Notification.Status.UNCERTAIN]
    )
    shown = doubtful.select_related("event__application", "recipient").order_by("-pk")[:PAGE]
    return render(request, "grants/mails.html", {"fund": fund, "mails": shown})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail_preference(request: HttpRequest) -> HttpResponse:
    """Each message, one a day, or none."""
    user = cast("User", request.user)
    refusal = ""
    if request.method == "POST":
        try:
            prefer(mail=request.POST.get("mail", ""), by=user)
        except BadInput as error:
            refusal = str(error)
        else:
            messages.success(request, _("Your choice is saved."))
            return redirect("grants:mail_preference")
    chosen = MailPreference.objects.filter(user=user).first()
    context = {
        "choices": MailPreference.Mail.choices,
        "chosen": chosen.mail if chosen else MailPreference.Mail.EACH,
        "refusal": refusal,
    }
    return render(request, "grants/mail_preference.html", context, status=422 if refusal else 200)
