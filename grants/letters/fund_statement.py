"""The state of a fund for the landlord's board: position, what it did, the commitments and which of them are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fundadmin.days import day_in_words
from grants import ledger
from grants.enums import Account, State
from grants.ledger import PositionAt
from grants.letters.composing import Issue, Words, dressed, for_landlord, numbered, signatory
from grants.letters.fonts import Strong, sentence
from grants.letters.paper import Grid, Paper, Part
from grants.letters.picture import Picture
from grants.models import Fund
from grants.money import euros
from grants.statistics import Figures, Promised, figures, files_at, promises_at
from landlords.models import Letterhead


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that the statement tells: money, files and commitments as they stood at the end of the day."""

    fund: Fund
    letterhead: Letterhead
    position: PositionAt
    figures: Figures
    files: Sequence[tuple[str, int]]
    promises: Sequence[Promised]


def standing(fund: Fund, as_at: date) -> Standing:
    landlord = fund.landlord
    states = [file.state for file in files_at(fund.pk, as_at).values()]
    return Standing(
        fund=fund,
        letterhead=landlord.letterhead if hasattr(landlord, "letterhead") else Letterhead(landlord=landlord),
        position=ledger.position_as_at(fund.pk, as_at),
        figures=figures([fund.pk], as_at),
        files=[(state, states.count(state)) for state in State if state in states],
        promises=promises_at(fund.pk, as_at),
    )


def compose_statement(told: Standing, issue: Issue) -> Paper:
    with translation.override(issue.language):
        references = [(_("Fund"), told.fund.name), (_("Code"), told.fund.code), (_("Our letter"), numbered(issue))]
        return dressed(
            _words(told),
            issue,
            told.letterhead,
            recipient=for_landlord(told.fund.landlord),
            references=references,
            signed=signatory(told.letterhead),
            polite=False,
        )


def _words(told: Standing) -> Words:
    held, found = told.position, told.figures
    lead = ngettext(
        "As at %(day)s the fund has granted %(granted)s to %(count)s business; %(available)s are left to grant.",
        "As at %(day)s the fund has granted %(granted)s to %(count)s businesses; %(available)s are left to grant.",
        found.helped,
    )
    return Words(
        title=_("State of the fund"),
        lead=sentence(
            lead,
            day=day_in_words(held.as_at),
            granted=Strong(euros(found.granted_cents)),
            count=str(found.helped),
            available=Strong(euros(held.available_cents)),
        ),
        picture=Picture([(name, label, cents) for name, label, cents in _position(held) if name != "endowed"]),
        grid=_accounts(held),
        notes=[
            sentence(
                _("Last movement of the ledger: no. %(number)s, digest %(digest)s."),
                number=str(held.last_number),
                digest=held.last_digest,
            )
        ],
        parts=[part for part in (_files(told), _trades(found), _commitments(told.promises)) if part],
    )


def _position(held: PositionAt) -> list[tuple[str, str, int]]:
    rest = max(0, held.ceiling_cents - held.endowed_cents)
    return [
        ("credited", str(Account.CREDITED.label), held.credited_cents),
        ("committed", str(Account.COMMITTED.label), held.committed_cents),
        ("reserved", str(Account.RESERVED.label), held.reserved_cents),
        ("available", str(Account.AVAILABLE.label), held.available_cents),
        ("unendowed", _("Not endowed yet"), rest),
    ]


def _accounts(held: PositionAt) -> Grid:
    """The accounts add up to what is endowed."""
    rows = [[label, euros(cents)] for name, label, cents in _position(held) if name != "unendowed"]
    endowed = _("Endowment, of a ceiling of %(ceiling)s") % {"ceiling": euros(held.ceiling_cents)}
    rows.append([endowed, euros(held.endowed_cents)])
    return Grid([_("Position"), _("Amount")], rows, (130, 40), 1)


def _files(told: Standing) -> Part | None:
    """How many files there are, by state."""
    if not told.files:
        return None
    rows = [[str(State(state).label), str(count)] for state, count in told.files]
    rows.append([_("Total"), str(sum(count for _state, count in told.files))])
    return Part(_("Applications"), grid=Grid([_("State"), _("Applications")], rows, (130, 40), 1))


def _trades(found: Figures) -> Part | None:
    """Which trades were helped; the board knows its tenants, so nothing is hidden from it."""
    if not found.helped:
        return None
    rows = [[group.label, str(group.businesses), euros(group.cents)] for group in found.trades()]
    rows.append([_("Total"), str(found.helped), euros(found.granted_cents)])
    heads = [_("Trade"), _("Businesses helped"), _("Relief granted")]
    return Part(_("Trades helped"), grid=Grid(heads, rows, (100, 34, 36), 2))


def _commitments(kept: Sequence[Promised]) -> Part | None:
    """The landlord's commitments other than money, each with where it stands."""
    points = [
        sentence(_("%(what)s – %(where)s"), what=one.commitment.text, where=Strong(one.sentence())) for one in kept
    ]
    return Part(_("Landlord's commitments"), points=points) if points else None
