"""Issue a letter: its bytes are kept as they are, once per event; and record once when and how it was sent."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from grants.actions.files import note_written
from grants.actions.turn import Turn, action, begin, refuse_if
from grants.enums import CHAMBER_LETTERS, Delivery, FundStep, LetterKind
from grants.exceptions import BadInput, Breach, NotAllowed, RuleRefused
from grants.letters.composing import Issue, compose, gross_of
from grants.letters.due import held_back, in_force
from grants.letters.facts import Facts, facts_of
from grants.letters.fund_statement import compose_statement, standing
from grants.letters.paper import as_pdf
from grants.letters.standing import overtaken
from grants.models import Event, Fund, Letter
from grants.permissions import Held, holds, memberships, role_missing_in_fund
from grants.workflow import ADVISOR, APPROVER, CHAMBER_MANAGER, LANDLORD_MANAGER, PAYER, Actor

if TYPE_CHECKING:
    from fundadmin.models import User

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No letter or figure that is taken for another."""
CODE_LENGTH: Final = 20
LANGUAGES: Final = frozenset(code for code, _name in settings.LANGUAGES)


@cache
def actors_of(kind: LetterKind) -> tuple[Actor, ...]:
    """Who writes a letter: the chamber what it filed or needs, the landlord what it decided."""
    if kind in CHAMBER_LETTERS:
        return (ADVISOR, CHAMBER_MANAGER)
    return (LANDLORD_MANAGER,) if kind == LetterKind.STATEMENT else (APPROVER, PAYER, LANDLORD_MANAGER)


def kinds_of(roles: Iterable[Held]) -> list[LetterKind]:
    """The kinds that somebody with these roles issues and sends."""
    held = list(roles)
    return [kind for kind in LetterKind if holds(held, actors_of(kind))]


def check_may(kind: LetterKind, by: "User", turn: Turn) -> None:
    if not holds(memberships(by, turn.fund.pk, turn.on), actors_of(kind)):
        raise NotAllowed([role_missing_in_fund(actors_of(kind))])


@action
def issue(*, event: Event, language: str = "", by: "User", key: str, on: date | None = None) -> Letter:
    """Issue the letter that an event asks for. `language`: as chosen, else as the tenant was last written to."""
    asked = {"event": event.pk, "language": language}
    turn = begin(FundStep.ISSUE_LETTER, fund_id=event.fund_id, by=by, key=key, on=on, request=asked)
    if turn.replay:
        return Letter.objects.get(uuid=turn.replay.data["letter"])
    # Read while the fund's position is locked: nobody cancels or undoes meanwhile what the letter says.
    told = next(iter(facts_of([event])), None)
    if told is None:
        raise RuleRefused([NO_LETTER])
    check_may(told.kind, by, turn)
    check_language(language)
    refuse_if(issue_breaches(told, turn.on))
    chosen = language or language_of(told)
    given = Issue(language=chosen, dated=turn.on, number=next_number(turn.fund.pk), code=new_code())
    letter = Letter(
        application=told.file, event=told.event, kind=told.kind, language=chosen, amount_cents=gross_of(told)
    )
    return keep(turn, letter, given, as_pdf(compose(told, given)))


NO_LETTER: Final = Breach("no_letter", _("No letter follows from this step."))


def issue_breaches(facts: Facts, on: date) -> list[Breach]:
    """Whether there is a letter already, what it would say no longer holds, or it is held back."""
    issued = Letter.objects.filter(event=facts.event, kind=facts.kind, set_aside_on=None).first()
    if issued:
        message = _("This letter was issued already, under number %(number)s.")
        return [Breach("letter_issued", message, {"number": str(issued.number)})]
    if not in_force([facts.kind]).filter(pk=facts.event.pk).exists():
        message = _("%(reference)s has moved on since: this letter no longer holds.")
        return [Breach("letter_overtaken", message, {"reference": facts.file.reference})]
    return held_back([facts.event], on).get(facts.event.pk, [])


def check_language(language: str) -> None:
    if language and language not in LANGUAGES:
        raise BadInput([Breach("language", _("Letters are in French or in English."), pointer="language")])


def language_of(facts: Facts) -> str:
    """That of the last letter to this tenant, else that of the landlord's letterhead."""
    rows = Letter.objects.filter(application__tenant=facts.file.tenant_id).order_by("-pk")
    return rows.values_list("language", flat=True).first() or facts.letterhead.language


@action
def issue_statement(
    *, fund: Fund, as_at: date, language: str = "", by: "User", key: str, on: date | None = None
) -> Letter:
    """Issue the state of a fund as at a day for the landlord's board."""
    asked = {"as_at": as_at, "language": language}
    turn = begin(FundStep.ISSUE_LETTER, fund_id=fund.pk, by=by, key=key, on=on, request=asked)
    if turn.replay:
        return Letter.objects.get(uuid=turn.replay.data["letter"])
    check_may(LetterKind.STATEMENT, by, turn)
    check_language(language)
    if as_at > turn.on:
        raise BadInput([Breach("as_at", _("The day can't be in the future."), pointer="as_at")])
    told = standing(turn.fund, as_at)
    chosen = language or told.letterhead.language
    given = Issue(language=chosen, dated=turn.on, number=next_number(fund.pk), code=new_code())
    letter = Letter(kind=LetterKind.STATEMENT, as_at=as_at, language=chosen, amount_cents=told.figures.granted_cents)
    return keep(turn, letter, given, as_pdf(compose_statement(told, given)))


def next_number(fund_id: int) -> int:
    """1, 2, 3 in each fund, whose position is locked."""
    return (Letter.objects.filter(fund=fund_id).aggregate(last=Max("number"))["last"] or 0) + 1


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH))


def keep(turn: Turn, letter: Letter, given: Issue, content: bytes) -> Letter:
    """Keep the bytes below a random name, the row that says what they are, and the event."""
    letter.fund, letter.uuid = turn.fund, uuid4()
    letter.number, letter.code, letter.dated = given.number, given.code, given.dated
    letter.sha256, letter.size = hashlib.sha256(content).hexdigest(), len(content)
    letter.issued_by, letter.issued_at = turn.by, turn.at
    letter.file.save(f"{letter.uuid}.pdf", ContentFile(content), save=False)
    note_written(letter.file)
    letter.save(force_insert=True)
    record(turn, letter, {"sha256": letter.sha256})
    return letter


def record(turn: Turn, letter: Letter, data: Mapping[str, str]) -> None:
    turn.application = letter.application
    about = {"letter": str(letter.uuid), "number": letter.number, "kind": letter.kind}
    turn.record(data={**about, **data})


@action
def mark_sent(
    *, letter: Letter, channel: Delivery, sent_on: date, by: "User", key: str, on: date | None = None
) -> Letter:
    """Record when and how a letter left; once, so who received it can rely on it."""
    asked = {"letter": letter.pk, "channel": channel, "sent_on": sent_on}
    turn = begin(FundStep.SEND_LETTER, fund_id=letter.fund_id, by=by, key=key, on=on, request=asked)
    sent = Letter.objects.select_related("application", "fund").get(pk=letter.pk)
    if turn.replay:
        return sent
    check_may(LetterKind(sent.kind), by, turn)
    refuse_if(sending_breaches(sent, sent_on, turn.on))
    sent.sent_on, sent.sent_at, sent.sent_by, sent.channel = sent_on, turn.at, turn.by, channel
    sent.save(update_fields=["sent_on", "sent_at", "sent_by", "channel"])
    record(turn, sent, {"channel": channel, "sent_on": sent_on.isoformat()})
    return sent


def sending_breaches(letter: Letter, sent_on: date, on: date) -> list[Breach]:
    found = ended_breaches(letter)
    if not letter.dated <= sent_on <= on:
        message = _("Letter no. %(number)s is dated %(dated)s: it was sent on that day or later, and not after today.")
        params = {"number": str(letter.number), "dated": letter.dated}
        found.append(Breach("sent_on", message, params, "sent_on"))
    # What left before it was overtaken is recorded late, and truly.
    found += [breach for since, breach in overtaken([letter]).values() if sent_on > since]
    return found


def ended_breaches(letter: Letter) -> list[Breach]:
    """Whether it was recorded already what became of it."""
    number = str(letter.number)
    if letter.sent_on:
        message = _("Letter no. %(number)s is already recorded as sent on %(sent)s.")
        return [Breach("letter_sent", message, {"number": number, "sent": letter.sent_on})]
    if letter.set_aside_on:
        message = _("Letter no. %(number)s was set aside on %(day)s.")
        return [Breach("letter_set_aside", message, {"number": number, "day": letter.set_aside_on})]
    return []


@action
def set_aside(*, letter: Letter, by: "User", key: str, on: date | None = None) -> Letter:
    """Keep a letter from being sent: it no longer holds, or has a mistake. What it followed from is to issue again."""
    turn = begin(
        FundStep.SET_ASIDE_LETTER, fund_id=letter.fund_id, by=by, key=key, on=on, request={"letter": letter.pk}
    )
    found = Letter.objects.select_related("application", "fund").get(pk=letter.pk)
    if turn.replay:
        return found
    check_may(LetterKind(found.kind), by, turn)
    refuse_if(ended_breaches(found))
    found.set_aside_on, found.set_aside_at, found.set_aside_by = turn.on, turn.at, turn.by
    found.save(update_fields=["set_aside_on", "set_aside_at", "set_aside_by"])
    record(turn, found, {})
    return found
