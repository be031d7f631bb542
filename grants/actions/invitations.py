"""Inviting somebody to a fund: an account if there is none, the role as it was proposed, a letter by mail.

The role keeps all the rules of `members`. The letter is sent after the invitation is kept, so a mail server that
fails loses nothing: the letter is sent again.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from fundadmin.accounts import links
from fundadmin.models import User
from grants.actions.member_rules import NAMED_BY
from grants.actions.members import propose_member
from grants.actions.readable import unreadable
from grants.actions.turn import action, refuse_if
from grants.enums import Role, Side
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.models import Fund, FundMember, Invitation
from grants.permissions import holds, memberships, role_missing_in_fund

if TYPE_CHECKING:
    from collections.abc import Mapping

AGAIN_AFTER: Final = timedelta(minutes=5)
NAME_LIMIT: Final = 150
ADDRESS_LIMIT: Final = 254


@action
def invite(
    *,
    fund: Fund,
    email: str,
    full_name: str,
    side: Side,
    role: Role,
    starts_on: date,
    by: User,
    key: str,
    ends_on: date | None = None,
    authority_ref: str = "",
    limit_cents: int | None = None,
    deputy_for: FundMember | None = None,
    on: date | None = None,
) -> FundMember:
    """Propose a person by e-mail address, and keep their invitation; `deliver` sends the letter.

    Whoever has an account keeps it as it is, name and all; others get one without a password.
    """
    email = email.strip().lower()
    if found := list(_unusable(email, full_name.strip())):
        raise BadInput(found)
    made = {"full_name": full_name.strip(), "password": make_password(None)}
    user, _is_new = User.objects.get_or_create(email=email, defaults=made)
    member = propose_member(
        fund=fund,
        user=user,
        side=side,
        role=role,
        starts_on=starts_on,
        ends_on=ends_on,
        authority_ref=authority_ref,
        limit_cents=limit_cents,
        deputy_for=deputy_for,
        by=by,
        key=key,
        on=on,
    )
    # Only who may name people learns it.
    if user.is_system or not user.is_active:
        message = _("This account is closed: ask the site's administrator.")
        refuse_if([Breach("account_closed", message, pointer="email")])
    Invitation.objects.get_or_create(fund=fund, user=user, defaults={"invited_by": by})
    return member


def check_may_send(*, member: FundMember, by: User, on: date | None = None) -> Invitation:
    """The invitation whose letter this person may send again. Raises the sentence why not."""
    actors = (NAMED_BY[Side(member.side)],)
    if not holds(memberships(by, member.fund_id, on or timezone.localdate()), actors):
        raise NotAllowed([role_missing_in_fund(actors)])
    invitation = Invitation.objects.filter(fund=member.fund_id, user=member.user_id).first()
    if invitation is None:
        raise BadInput([Breach("not_invited", _("This person was not invited by mail."))])
    if invitation.sent_at is not None and invitation.is_sent and invitation.sent_at > timezone.now() - AGAIN_AFTER:
        message = _("This letter was sent a moment ago: wait %(minutes)s minutes before you send it again.")
        refuse_if([Breach("sent_just_now", message, {"minutes": AGAIN_AFTER.seconds // 60})])
    return invitation


def deliver(*, invitation: Invitation, site: str) -> bool:
    """Send the letter, and note whether it left. `site`: the site's address, without a slash at the end.

    It may be sent more than once: each letter's link is valid until one of them was used.
    """
    user = invitation.user
    told: Mapping[str, Any] = {
        "fund": invitation.fund,
        "host": invitation.invited_by,
        "link": links.to_log_in(site) if user.has_usable_password() else links.to_choose_a_password(user, site),
        "chooses": not user.has_usable_password(),
    }
    try:
        subject = now("You are invited to a solidarity fund")
        send_mail(subject, render_to_string("emails/invitation.txt", told), None, [user.email])
    except OSError:  # the mail server's refusals too
        invitation.failed_at = timezone.now()
    else:
        invitation.sent_at = timezone.now()
    invitation.save(update_fields=["sent_at", "failed_at"])
    return invitation.is_sent


def _unusable(email: str, full_name: str) -> Iterator[Breach]:
    yield from unreadable({"email": email, "full_name": full_name})
    try:
        validate_email(email)
    except ValidationError:
        yield Breach("email", _("This is no e-mail address."), pointer="email")
    if not full_name:
        yield Breach("full_name", _("Give the person's name."), pointer="full_name")
    for pointer, text, limit in (("email", email, ADDRESS_LIMIT), ("full_name", full_name, NAME_LIMIT)):
        if len(text) > limit:
            yield Breach("too_long", _("This text has at most %(limit)s characters."), {"limit": limit}, pointer)
