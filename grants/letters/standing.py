"""Which letters, issued and not sent yet, no longer say what is true: the file moved on, or amounts were undone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from grants.enums import Action, LetterKind
from grants.exceptions import Breach
from grants.letters.composing import gross_of
from grants.letters.due import in_force
from grants.letters.facts import facts_of
from grants.models import Application, Event, Letter, ReliefLine
from grants.money import Cents

STATING: Final = frozenset({LetterKind.AWARD, LetterKind.CREDIT})
"""The letters whose amount stands or doesn't; a receipt's is what was asked on its day."""
UNDOING: Final = (Action.CANCEL_LINES, Action.REVERSE, Action.REFUSE_REQUEST)
"""The steps that may leave a file in its state."""


def overtaken(letters: Sequence[Letter]) -> dict[int, tuple[date, Breach]]:
    """Of letters not sent yet, by id: since which day one no longer holds, and why. The number of queries is fixed."""
    waiting = [letter for letter in letters if letter.event_id and not (letter.sent_on or letter.set_aside_on)]
    if not waiting:
        return {}
    holding = in_force().filter(pk__in=[letter.event_id for letter in waiting])
    amounts: dict[int | None, int] = {told.event.pk: gross_of(told) for told in facts_of(list(holding))}
    gone = [letter for letter in waiting if not _stands(letter, amounts)]
    days = _moved_on(gone)
    return {letter.pk: (days[letter.pk], _breach(letter, amounts, days[letter.pk])) for letter in gone}


def unaddressed(files: Iterable[int | None]) -> set[int]:
    """Those of the files whose letter bears a name and no town, so that no post carries it (see `recipient`)."""
    asked = {file for file in files if file}
    if not asked:
        return set()
    nowhere = Application.objects.filter(pk__in=asked, tenant__commune="")
    placed = ReliefLine.objects.filter(application=OuterRef("pk")).exclude(premises__commune="")
    return set(nowhere.exclude(Exists(placed)).values_list("pk", flat=True))


def _stands(letter: Letter, amounts: Mapping[int | None, int]) -> bool:
    stated = amounts.get(letter.event_id)
    return stated is not None and (letter.kind not in STATING or letter.amount_cents == stated)


def _moved_on(letters: Sequence[Letter]) -> dict[int, date]:
    """The last day on which the file moved since what each letter follows from."""
    files = {letter.application_id for letter in letters}
    moved = Q(action__in=UNDOING) | ~Q(from_state=F("to_state"))
    rows = Event.objects.filter(moved, application__in=files, action__in=list(Action)).exclude(action=Action.CREDIT)
    last: dict[int | None, date] = dict(rows.order_by("pk").values_list("application", "on"))
    return {letter.pk: last.get(letter.application_id, letter.dated) for letter in letters}


def _breach(letter: Letter, amounts: Mapping[int | None, int], since: date) -> Breach:
    told: dict[str, object] = {"number": str(letter.number), "since": since}
    if letter.event_id in amounts:
        message = _(
            "Letter no. %(number)s states %(said)s; since %(since)s it is %(stands)s. Unless it was sent before, set it"
            " aside and issue another one."
        )
        told |= {"said": Cents(letter.amount_cents or 0), "stands": Cents(amounts[letter.event_id])}
        return Breach("letter_states_less", message, told)
    message = _("Letter no. %(number)s no longer holds since %(since)s. Unless it was sent before, set it aside.")
    return Breach("letter_overtaken", message, told)
