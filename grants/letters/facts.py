"""What letters are made from, read for many events at once: as each event left it, where that may change later."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, cast

from django.db.models import QuerySet

from grants.enums import REASONS_WITH_NOTICE, Action, LedgerKind, LetterKind, LineState, Side, State
from grants.models import Application, Assessment, Document, Event, LedgerEntry, ReliefLine, ReversalRequest
from grants.visibility import Reader
from landlords.models import Letterhead

KIND_OF: Final[Mapping[str, LetterKind]] = {
    Action.SUBMIT: LetterKind.RECEIPT,
    Action.REQUEST_INFO: LetterKind.INFORMATION,
    Action.APPROVE: LetterKind.AWARD,
    Action.REJECT: LetterKind.REFUSAL,
    Action.CREDIT: LetterKind.CREDIT,
    Action.ASK_REVERSE: LetterKind.REVERSAL,
}
"""The letter that follows from what was done to a file."""
GONE: Final = frozenset({LineState.CANCELLED, LineState.REVERSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One event of a file and what its letter tells.

    `amounts`: cents by line id, as the event granted them and as far as they stand. `gone`: what was granted with them
    and undone since.
    """

    event: Event
    file: Application
    kind: LetterKind
    lines: Sequence[ReliefLine]
    amounts: Mapping[int, int]
    letterhead: Letterhead
    gone: Sequence[tuple[ReliefLine, int]] = ()
    text: str = ""
    assessment: Assessment | None = None
    request: ReversalRequest | None = None
    documents: Sequence[Document] = ()

    @property
    def stands(self) -> bool:
        """Whether there is anything left to write about."""
        return any(self.amounts.values())


@dataclass(frozen=True, slots=True)
class More:
    """What only some letters tell: by file the last opinion and the documents, by its id a request to undo.

    `credited`: by event, the cents by line id that it credited and nothing has undone.
    """

    opinions: Mapping[int, Assessment]
    requests: Mapping[int, ReversalRequest]
    papers: Mapping[int | None, Sequence[Document]]
    credited: Mapping[int, Mapping[int, int]]


def kind_of(event: Event) -> LetterKind | None:
    """The letter that an event asks for; of two visas only the second is an award, of undoings those with notice."""
    kind = KIND_OF.get(event.action)
    if kind == LetterKind.AWARD and event.to_state != State.APPROVED:
        return None
    if kind == LetterKind.REVERSAL and event.reason not in REASONS_WITH_NOTICE:
        return None
    return kind


def facts_of(events: Iterable[Event]) -> list[Facts]:
    """Those of the events that ask for a letter, in their order. The number of queries is fixed."""
    wanted = {event.pk: kind for event in events if (kind := kind_of(event)) is not None}
    rows = Event.objects.filter(pk__in=wanted).select_related(
        *("detail", "user", "fund__landlord__letterhead", "application__tenant"),
        *("application__charter", "application__advisor"),
    )
    found = {row.pk: row for row in rows}
    files = {row.application_id for row in rows}
    lines: dict[int, list[ReliefLine]] = defaultdict(list)
    for line in ReliefLine.objects.filter(application__in=files).select_related("lease", "premises"):
        lines[line.application_id].append(line)
    opinions = _opinions([row.application_id for row in rows if wanted[row.pk] == LetterKind.REFUSAL])
    asked = [row.data["request"] for row in rows if wanted[row.pk] == LetterKind.REVERSAL]
    requests = ReversalRequest.objects.in_bulk(asked) if asked else {}
    papers = _documents([row.application_id for row in rows if wanted[row.pk] == LetterKind.RECEIPT])
    credited = _credited([row.pk for row in rows if wanted[row.pk] == LetterKind.CREDIT])
    more = More(opinions, requests, papers, credited)
    return [
        _facts(found[pk], kind, lines[found[pk].application_id or 0], more)
        for pk, kind in wanted.items()
        if pk in found
    ]


def _opinions(files: Sequence[int | None]) -> dict[int, Assessment]:
    """The last opinion on each file."""
    if not files:
        return {}
    rows = Assessment.objects.filter(application__in=[file for file in files if file]).order_by("pk")
    return {row.application_id: row for row in rows}


def _documents(files: Sequence[int | None]) -> dict[int | None, list[Document]]:
    found: dict[int | None, list[Document]] = defaultdict(list)
    if files:
        for row in Document.objects.filter(application__in=[file for file in files if file]).order_by("pk"):
            found[row.application_id].append(row)
    return found


def standing_credits() -> QuerySet[LedgerEntry]:
    """The ledger's credits that nothing has undone: what is on the accounts."""
    return LedgerEntry.objects.filter(kind=LedgerKind.CREDIT, reversed_by__isnull=True)


def _credited(events: Sequence[int]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = defaultdict(dict)
    if events:
        rows = standing_credits().filter(event__in=events, relief_line__isnull=False)
        for event, line, cents in rows.values_list("event_id", "relief_line_id", "amount_cents"):
            found[event][line] = cents
    return found


def _facts(
    event: Event,
    kind: LetterKind,
    lines: Sequence[ReliefLine],
    more: More,
) -> Facts:
    file = cast("Application", event.application)  # What asks for a letter was done to a file that is still there.
    detail = event.detail.detail if hasattr(event, "detail") else {}
    amounts = _amounts(event, kind, lines, more)
    gone = [line for line in lines if line.pk in amounts and line.state in GONE] if kind == LetterKind.AWARD else []
    undone = [(line, amounts.pop(line.pk)) for line in sorted(gone, key=attrgetter("place"))]
    return Facts(
        event=event,
        file=file,
        kind=kind,
        lines=sorted((line for line in lines if line.pk in amounts), key=attrgetter("place")),
        amounts=amounts,
        letterhead=letterhead_of(event),
        gone=undone,
        text=str(detail.get("reason" if kind != LetterKind.INFORMATION else "message", "")),
        assessment=more.opinions.get(file.pk),
        request=more.requests.get(event.data.get("request", 0)),
        # Documents added since are no part of what was filed.
        documents=[one for one in more.papers.get(file.pk, ()) if one.added_at <= event.at],
    )


def letterhead_of(event: Event) -> Letterhead:
    landlord = event.fund.landlord
    return landlord.letterhead if hasattr(landlord, "letterhead") else Letterhead(landlord=landlord)


def _amounts(event: Event, kind: LetterKind, lines: Sequence[ReliefLine], more: More) -> dict[int, int]:
    """Line id -> what the letter is about: granted, credited, to be taken back, or asked for."""
    if kind == LetterKind.CREDIT:
        return dict(more.credited.get(event.pk, {}))
    if kind == LetterKind.AWARD:
        return {int(pk): cents for pk, cents in event.data["amounts"].items()}
    if kind == LetterKind.REVERSAL:
        chosen = set(event.data["lines"])
        return {line.pk: line.approved_cents or 0 for line in lines if line.pk in chosen}
    return {line.pk: line.asked_cents for line in lines}


def landlord_reader(fund_id: int) -> Reader:
    """Whoever writes for the landlord: what only the chamber reads is not in its letters."""
    return Reader(0, fund_id, frozenset({Side.LANDLORD}), is_landlords=True)
