"""The mail about one event, or about a day's events: what happened, what to do now, where.

No name of a tenant, no amount, no figure: a mail lies about in mailboxes. The file says the rest to who may read it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from grants.enums import Action, FundStep, State
from grants.models import Event, Notification

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NOT_SHOWN = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Control and format characters, separators of lines and paragraphs."""

NAMED_IN_SUBJECT = 3
"""So many references fit a digest's subject."""

HAPPENED: Mapping[tuple[str, str], "_StrPromise"] = {
    (Action.SUBMIT, State.SUBMITTED): gettext_lazy("An application was submitted."),
    (Action.ANSWER, State.SUBMITTED): gettext_lazy("The information asked for was sent."),
    (Action.REOPEN, State.SUBMITTED): gettext_lazy("The application was reopened for re-examination."),
    (Action.SEND_BACK, State.SUBMITTED): gettext_lazy("The application was sent back to assessment."),
    (Action.WARN_EXPIRY, State.ELIGIBLE): gettext_lazy("The reservation of money is about to expire."),
    (Action.EXPIRE, State.SUBMITTED): gettext_lazy("The reservation of money has expired."),
    (Action.OFFER, State.WAITLISTED): gettext_lazy("Freed money is offered to this application."),
    (Action.ASSESS_FAVOURABLE, State.ELIGIBLE): gettext_lazy("A favourable opinion was given."),
    (Action.ASSESS_FAVOURABLE, State.WAITLISTED): gettext_lazy(
        "A favourable opinion was given; the application waits for money."
    ),
    (Action.ASSESS_UNFAVOURABLE, State.INELIGIBLE): gettext_lazy("An unfavourable opinion was given."),
    (Action.APPROVE, State.ELIGIBLE): gettext_lazy("A first visa was given."),
    (Action.APPROVE, State.APPROVED): gettext_lazy("The application was approved."),
    (Action.REJECT, State.REJECTED): gettext_lazy("The application was rejected."),
    (Action.REQUEST_INFO, State.INFO_REQUESTED): gettext_lazy("Information is asked for."),
    (Action.REMIND, State.INFO_REQUESTED): gettext_lazy("The information asked for is still awaited."),
    (Action.LAPSE, State.LAPSED): gettext_lazy("The application was closed for lack of an answer."),
    (Action.CREDIT, State.APPROVED): gettext_lazy("A part of the relief was credited."),
    (Action.CREDIT, State.CREDITED): gettext_lazy("The relief was credited."),
    (Action.ASK_CANCEL_LINES, State.APPROVED): gettext_lazy("It is asked to cancel what remains of the approval."),
    (Action.ASK_REVERSE, State.APPROVED): gettext_lazy("It is asked to reverse a credit."),
    (Action.ASK_REVERSE, State.CREDITED): gettext_lazy("It is asked to reverse a credit."),
    (FundStep.LEDGER_FAULTS, ""): gettext_lazy("The nightly verification of the ledger found faults."),
    (FundStep.FUND_LEVEL, ""): gettext_lazy("The fund has reached %(level)s %% of its ceiling."),
}
"""(action, state reached) -> what happened, as a sentence; those of any state are below."""

HAPPENED_ANYWAY: Mapping[str, "_StrPromise"] = {
    Action.CANCEL_LINES: gettext_lazy("What remained of the approval was cancelled."),
    Action.REVERSE: gettext_lazy("A credit was reversed or undone."),
    Action.REFUSE_REQUEST: gettext_lazy("A request to cancel or reverse was refused."),
    Action.TRANSFER: gettext_lazy("The application was transferred."),
    Action.ATTACH: gettext_lazy("The tenant sent documents by the link it was given."),
}

TO_DO: Mapping[tuple[str, str], "_StrPromise"] = {
    (Action.SUBMIT, State.SUBMITTED): gettext_lazy("Examine the application and give an opinion."),
    (Action.ANSWER, State.SUBMITTED): gettext_lazy("Read the answer and give an opinion."),
    (Action.REOPEN, State.SUBMITTED): gettext_lazy("Examine the application again."),
    (Action.SEND_BACK, State.SUBMITTED): gettext_lazy("Examine the application again; the reason is in its history."),
    (Action.WARN_EXPIRY, State.ELIGIBLE): gettext_lazy(
        "Decide before the reservation ends; otherwise the money goes back to the fund."
    ),
    (Action.EXPIRE, State.SUBMITTED): gettext_lazy("The application awaits a new opinion; its rank is kept."),
    (Action.OFFER, State.WAITLISTED): gettext_lazy("Money was freed: give a new opinion before the offer ends."),
    (Action.ASSESS_FAVOURABLE, State.ELIGIBLE): gettext_lazy("Decide on the application."),
    (Action.ASSESS_UNFAVOURABLE, State.INELIGIBLE): gettext_lazy("Decide on the application: only you can refuse it."),
    (Action.APPROVE, State.ELIGIBLE): gettext_lazy("Give the second visa, or send the application back."),
    (Action.APPROVE, State.APPROVED): gettext_lazy("Record the credit on the tenant's account."),
    (Action.ASK_CANCEL_LINES, State.APPROVED): gettext_lazy("Confirm or refuse the request."),
    (Action.ASK_REVERSE, State.APPROVED): gettext_lazy("Confirm or refuse the request."),
    (Action.ASK_REVERSE, State.CREDITED): gettext_lazy("Confirm or refuse the request."),
    (FundStep.LEDGER_FAULTS, ""): gettext_lazy(
        "Read the verification's result, and let nobody decide or credit until it is explained."
    ),
    (FundStep.FUND_LEVEL, ""): gettext_lazy("See what is left before the next decisions."),
}
"""(action, state reached) -> what those whose turn it is do now."""

ADVISOR_TO_DO: Mapping[str, "_StrPromise"] = {
    Action.REQUEST_INFO: gettext_lazy("Send what is asked for before the date given in the file."),
    Action.REMIND: gettext_lazy("Send what is asked for: without an answer the application is closed."),
    Action.REJECT: gettext_lazy("Tell the tenant; the motive is in the file."),
    Action.TRANSFER: gettext_lazy("You are in charge of this application from now on."),
    Action.ATTACH: gettext_lazy("Look at them; where the file is complete by now, go on with it."),
}
"""action -> what the advisor in charge does now; otherwise nothing but to know."""

NOTHING = gettext_lazy("Nothing is asked of you: this is for your information.")


@dataclass(frozen=True, slots=True)
class Item:
    """One event as its reader is told of it."""

    landlord: str
    reference: str
    happened: str
    to_do: str
    link: str


def message_for(rows: Sequence[Notification]) -> EmailMultiAlternatives:
    """One mail about these rows of one recipient. Raises ValueError for an address that can't be one."""
    recipient = rows[0].recipient
    with translation.override(recipient.language or settings.LANGUAGE_CODE):
        items = [item_of(row) for row in rows]
        context = {
            "items": items,
            "digest": len(items) > 1,
            "count": len(items),
            "preferences": address("grants:mail_preference"),
        }
        message = EmailMultiAlternatives(
            subject=one_line(subject_of(items)),
            body=render_to_string("emails/notification.txt", context),
            to=[recipient.email],
            # No automatic answer, please: nobody reads this mailbox.
            headers={"Auto-Submitted": "auto-generated"},
        )
        message.attach_alternative(render_to_string("emails/notification.html", context), "text/html")
    message.message()  # Here it shows whether the headers can be written.
    return message


def item_of(row: Notification) -> Item:
    event = row.event
    application = event.application if event.application_id else None
    page = ("grants:application", application.uuid) if application else ("grants:fund", event.fund.code)
    return Item(
        landlord=str(event.fund.landlord),
        reference=application.reference if application else event.fund.code,
        happened=happened(event),
        to_do=to_do(row),
        link=address(*page),
    )


def happened(event: Event) -> str:
    """What happened, as a sentence."""
    sentence = str(HAPPENED.get((event.action, event.to_state)) or HAPPENED_ANYWAY[event.action])
    return sentence % event.data if event.action == FundStep.FUND_LEVEL else sentence


def to_do(row: Notification) -> str:
    event = row.event
    application = event.application if event.application_id else None
    if application and application.advisor_id == row.recipient_id:
        return str(ADVISOR_TO_DO.get(event.action, NOTHING))
    return str(TO_DO.get((event.action, event.to_state), NOTHING))


def subject_of(items: Sequence[Item]) -> str:
    """The landlord and the file come first: people work for several."""
    if len(items) == 1:
        (item,) = items
        return _("[%(landlord)s] %(reference)s: %(happened)s") % {
            "landlord": item.landlord,
            "reference": item.reference,
            "happened": item.happened.rstrip("."),
        }
    landlords = ", ".join(sorted({item.landlord for item in items}))
    references = sorted({item.reference for item in items})
    shown = ", ".join(references[:NAMED_IN_SUBJECT]) + (", …" if len(references) > NAMED_IN_SUBJECT else "")
    news = ngettext("%(count)s message", "%(count)s messages", len(items)) % {"count": len(items)}
    return _("[%(landlords)s] %(news)s: %(references)s") % {
        "landlords": landlords,
        "news": news,
        "references": shown,
    }


def one_line(text: str) -> str:
    """A name with a line break in it could add a header."""
    shown = "".join(" " if unicodedata.category(sign) in NOT_SHOWN else sign for sign in text)
    return re.sub(" {2,}", " ", shown).strip()


def address(name: str, *arguments: object) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=arguments)}"
