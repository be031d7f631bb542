"""A person's own page: name, language, how they come in, the roles and delegations they hold."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from fundadmin.accounts import second_factor
from fundadmin.models import SignIn, User
from grants.actions.profile import end_sessions, save_profile
from grants.exceptions import ActionRefused
from grants.models import ApiToken, FundMember
from grants.queries import counting_on

if TYPE_CHECKING:
    from django.db.models import QuerySet

SIGN_INS = 10
REFUSED = 422


class ProfileForm(forms.Form):
    full_name = forms.CharField(label=gettext_lazy("Full name"), max_length=150)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the pages and mails"),
        # Each in its own words: who reads one of them only must find it.
        choices=[("", gettext_lazy("as my browser says")), ("fr", "Français"), ("en", "English")],
        required=False,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    form = ProfileForm(request.POST or None, initial={"full_name": user.full_name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        try:
            save_profile(by=user, **form.cleaned_data)
        except ActionRefused as refusal:
            for breach in refusal.breaches:
                form.add_error(breach.pointer, str(breach))
        else:
            with translation.override(user.language or translation.get_language()):
                messages.success(request, _("Your profile is saved."))
            return redirect("grants:profile")
    return render(request, "grants/profile.html", _shown(user, form), status=REFUSED if form.errors else 200)


@login_required
@require_POST
def log_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """End every other session of this person, on whatever machine."""
    user = end_sessions(by=cast("User", request.user))
    update_session_auth_hash(request, user)
    messages.success(request, _("You are logged out everywhere else."))
    return redirect("grants:profile")


def _shown(user: User, form: ProfileForm) -> dict[str, Any]:
    now = timezone.now()
    return {
        "form": form,
        "held": _held(user),
        "sign_ins": SignIn.objects.filter(user=user).order_by("-pk")[:SIGN_INS],
        "enrolled": second_factor.is_enrolled(user),
        "tokens": ApiToken.objects.filter(user=user, revoked_at__isnull=True, expires_at__gt=now).count(),
    }


def _held(user: User) -> "QuerySet[FundMember]":
    """The roles that count today, with the delegation each rests on."""
    rows = FundMember.objects.filter(counting_on(timezone.localdate()), user=user)
    return rows.select_related("fund", "deputy_for__user").order_by("fund__code", "role", "pk")
