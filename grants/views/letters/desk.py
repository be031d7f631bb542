"""A fund's letters: those to issue, those to send, those that were sent."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.letters import kinds_of
from grants.actions.reading import log_audit
from grants.enums import CHAMBER_LETTERS, LetterKind, Reading, Visibility
from grants.exceptions import Breach
from grants.letters.due import held_back, to_issue
from grants.letters.facts import KIND_OF
from grants.letters.standing import overtaken, unaddressed
from grants.models import Application, Event, Fund, Letter
from grants.permissions import memberships
from grants.views.letters.forms import BIGINT_DIGITS, IssueForm, SendForm
from grants.visibility import Reader, letters_visible_to, reader_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PAGE: Final = 50
TABS: "Final[Mapping[str, _StrPromise]]" = {
    "a-etablir": _("To issue"),
    "a-envoyer": _("To send"),
    "envoyes": _("Sent"),
    "ecartes": _("Set aside"),
}
TO_ISSUE, TO_SEND, SENT, ASIDE = TABS


@dataclass(frozen=True, slots=True)
class Due:
    """A letter that is to issue: the event it follows from, whether its reader issues it, and why nobody can."""

    event: Event
    kind: LetterKind
    mine: bool
    why_not: Sequence[Breach] = ()
    is_unaddressed: bool = False

    @property
    def since(self) -> date:
        return self.event.on


@dataclass(frozen=True, slots=True)
class Issued:
    """A letter, and why it should not be sent any more."""

    letter: Letter
    why_not: Breach | None
    is_unaddressed: bool = False


@login_required
@never_cache
@require_safe
def letters(request: HttpRequest, code: str) -> HttpResponse:
    """`?etat=` a tab, `?lettre=` a kind, `?apres=` the id a page goes on from."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="letters")
    return render(request, "grants/letters/letters.html", shown(user, fund, request.GET))


def shown(user: User, fund: Fund, asked: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    reader = reader_of(user, fund.pk)
    readable = kinds_read_by(reader)
    mine = kinds_of(memberships(user, fund.pk, timezone.localdate()))
    tab = str(asked.get("etat")) if asked.get("etat") in TABS else TO_ISSUE
    kind = asked.get("lettre") if asked.get("lettre") in readable else ""
    wanted = [LetterKind(kind)] if kind else readable
    place = str(asked.get("apres", ""))
    after = int(place) if place.isdecimal() and len(place) < BIGINT_DIGITS else 0
    rows, following = page_of(tab, user, fund, wanted, after)
    nowhere = unaddressed(row.application_id for row in rows) if tab in (TO_ISSUE, TO_SEND) else set()
    counts = counts_of(user, fund, readable)
    due_by_kind = dict(counts[TO_ISSUE])
    return {
        "fund": fund,
        "tab": tab,
        "tabs": [(name, label, sum(n for _kind, n in counts[name])) for name, label in TABS.items()],
        "kinds": [(LetterKind(one), n) for one, n in counts[tab]],
        "kind": kind,
        "rows": due_of(rows, mine, nowhere) if tab == TO_ISSUE else issued_of(rows, nowhere),
        "following": following,
        "mine": mine,
        "may": bool(mine),
        "statements": LetterKind.STATEMENT in mine,
        "every": due_by_kind.get(kind, 0) if kind in mine else 0,
        "issue_form": IssueForm(initial={"key": str(uuid4())}),
        "send_form": SendForm(initial={"key": str(uuid4()), "sent_on": timezone.localdate()}),
        "key": str(uuid4()),
    } | more


def due_of(events: Sequence[Event], mine: Sequence[LetterKind], nowhere: Collection[int | None] = ()) -> list[Due]:
    """`nowhere`: the files whose address isn't known."""
    held = held_back(events, timezone.localdate())
    kinds = {event.pk: LetterKind(KIND_OF[event.action]) for event in events}
    return [
        Due(
            event,
            kinds[event.pk],
            mine=kinds[event.pk] in mine and event.pk not in held,
            why_not=held.get(event.pk, ()),
            is_unaddressed=event.application_id in nowhere,
        )
        for event in events
    ]


def issued_of(letters: Sequence[Letter], nowhere: Collection[int | None] = ()) -> list[Issued]:
    gone = overtaken(letters)
    return [
        Issued(letter, gone[letter.pk][1] if letter.pk in gone else None, letter.application_id in nowhere)
        for letter in letters
    ]


def kinds_read_by(reader: Reader) -> list[LetterKind]:
    chamber = reader.reads(Visibility.CHAMBER)
    return [kind for kind in LetterKind if chamber or kind not in CHAMBER_LETTERS]


def rows_of(tab: str, user: User, fund: Fund, kinds: Sequence[LetterKind]) -> QuerySet[Any]:
    if tab == TO_ISSUE:
        return to_issue(fund, kinds).select_related("application__tenant")
    chosen = {
        TO_SEND: Q(sent_on=None, set_aside_on=None),
        SENT: Q(sent_on__isnull=False),
        ASIDE: Q(set_aside_on__isnull=False),
    }
    return letters_visible_to(user).filter(chosen[tab], fund=fund, kind__in=kinds)


def page_of(tab: str, user: User, fund: Fund, kinds: Sequence[LetterKind], after: int) -> tuple[list[Any], int | None]:
    """Oldest first where something is to do, newest first of what is done with; and where the next page begins."""
    rows, is_done = rows_of(tab, user, fund, kinds), tab in (SENT, ASIDE)
    rows = rows.order_by("-pk") if is_done else rows.order_by("pk")
    if after:
        rows = rows.filter(pk__lt=after) if is_done else rows.filter(pk__gt=after)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def counts_of(user: User, fund: Fund, kinds: Sequence[LetterKind]) -> dict[str, list[tuple[str, int]]]:
    """Tab -> (kind, how many), in two queries."""
    due = Counter(KIND_OF[action] for action in to_issue(fund, kinds).values_list("action", flat=True))
    issued = letters_visible_to(user).filter(fund=fund, kind__in=kinds).select_related(None).order_by()
    found: dict[str, Counter[str]] = {tab: Counter() for tab in TABS}
    found[TO_ISSUE].update(due)
    for kind, sent, aside in issued.values_list("kind", "sent_on", "set_aside_on"):
        found[SENT if sent else ASIDE if aside else TO_SEND][kind] += 1
    return {tab: [(kind, count[kind]) for kind in kinds if count[kind]] for tab, count in found.items()}


def letters_of(user: User, file: Application, reader: Reader) -> dict[str, Any]:
    """What a file's page tells of its letters: those issued, and those to issue."""
    mine = kinds_of(memberships(user, file.fund_id, timezone.localdate()))
    due = to_issue(file.fund, kinds_read_by(reader)).filter(application=file)
    issued = list(letters_visible_to(user).filter(application=file).order_by("pk"))
    return {
        "letters": issued_of(issued),
        "letters_due": due_of(list(due), mine),
        "letter_key": str(uuid4()),
    }
