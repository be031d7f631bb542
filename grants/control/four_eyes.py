"""Who had which hand in each file, from its events alone: a second opinion on what the actions enforce (design §4).

Nothing of `permissions` or `actions` is used here, on purpose: the rule is written a second time, so that a hole in the
code that enforces it, or a row written past it, shows here. All events count, also those before a reopening or a
transfer. Drafts were never filed and are left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from fundadmin.models import User
from grants.enums import Action, State
from grants.models import Fund
from grants.money import euros
from grants.quick import rows_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Part(StrEnum):
    """The four sets of people of a file, who must all be different."""

    FILED = "filed"
    ASSESSED = "assessed"
    SIGNED = "signed"
    CREDITED = "credited"


PART_LABELS: Final[Mapping[Part, "_StrPromise"]] = {
    Part.FILED: _("filed, edited or answered"),
    Part.ASSESSED: _("gave an opinion"),
    Part.SIGNED: _("gave a visa or refused"),
    Part.CREDITED: _("credited"),
}
PART_OF: Final[Mapping[str, Part]] = {
    "create": Part.FILED,
    "edit": Part.FILED,
    "attach": Part.FILED,
    "submit": Part.FILED,
    "answer": Part.FILED,
    "assess_favourable": Part.ASSESSED,
    "assess_unfavourable": Part.ASSESSED,
    "approve": Part.SIGNED,
    "reject": Part.SIGNED,
    "credit": Part.CREDITED,
}
ASKING: Final = frozenset({"ask_cancel_lines", "ask_reverse"})
SETTLING: Final = frozenset({"cancel_lines", "reverse", "refuse_request"})
ENDS_VISAS: Final = frozenset({"send_back", "expire", "reject", "withdraw"})
"""What takes a file out of “eligible” otherwise than by the last visa: the visas given die with it."""

SAID_BY: Final[Mapping[str, Sequence[str]]] = {
    State.WAITLISTED: ("submit", "assess_favourable"),
    State.ELIGIBLE: ("submit", "assess_favourable"),
    State.INELIGIBLE: ("submit", "assess_unfavourable"),
    State.APPROVED: ("submit", "assess_favourable", "approve"),
    State.CREDITED: ("submit", "assess_favourable", "approve", "credit"),
    State.REVERSED: ("submit", "assess_favourable", "approve", "credit"),
    State.CANCELLED: ("submit", "assess_favourable", "approve"),
    State.REJECTED: ("submit", "reject"),
}
"""Without which events a file can't be in a state; in any other than a draft, it was submitted."""


class FaultCode(StrEnum):
    TWO_PARTS = "two_parts"
    ONE_GIVER = "one_giver"
    ONE_VISA = "one_visa"
    OWN_REQUEST = "own_request"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a file breaks the rule, and who did."""

    code: FaultCode
    people: frozenset[int] = frozenset()
    parts: tuple[Part, ...] = ()
    action: str = ""
    cents: int = 0
    threshold_cents: int = 0

    def sentence(self, names: Mapping[int, str]) -> str:
        who = ", ".join(sorted(names[one] for one in self.people))
        if self.code == FaultCode.TWO_PARTS:
            first, second = (str(PART_LABELS[part]) for part in self.parts)
            return gettext("%(who)s: %(first)s, and also %(second)s.") % {"who": who, "first": first, "second": second}
        if self.code == FaultCode.ONE_GIVER:
            return gettext("%(who)s gave both visas.") % {"who": who}
        if self.code == FaultCode.OWN_REQUEST:
            return gettext("%(who)s settled a request of their own.") % {"who": who}
        if self.code == FaultCode.ONE_VISA:
            amounts = {"amount": euros(self.cents), "threshold": euros(self.threshold_cents)}
            return gettext("One visa for %(amount)s, above the threshold of two visas (%(threshold)s).") % amounts
        return gettext("No event says who did this: %(action)s.") % {"action": Action(self.action).label}


@dataclass(frozen=True, slots=True)
class FileEyes:
    """One file: who had which part in it, and what is wrong with that."""

    uuid: UUID
    reference: str
    tenant: str
    state: State
    parts: Mapping[Part, frozenset[int]]
    faults: Sequence[Fault]

    @property
    def signed_by_its_filer(self) -> bool:
        return bool(self.parts[Part.FILED] & self.parts[Part.SIGNED])

    def people(self) -> frozenset[int]:
        return frozenset().union(*self.parts.values(), *(fault.people for fault in self.faults))


@dataclass(frozen=True, slots=True)
class FourEyes:
    """Every filed application of a fund, those with a fault first."""

    files: Sequence[FileEyes]
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def faulty(self) -> int:
        return sum(bool(one.faults) for one in self.files)

    def headline(self) -> str:
        """What the report says first."""
        signed = sum(one.signed_by_its_filer for one in self.files)
        decided = sum(bool(one.parts[Part.SIGNED]) for one in self.files)
        said = ngettext(
            "Files signed by their own filer: %(signed)s of the %(files)s file signed.",
            "Files signed by their own filer: %(signed)s of the %(files)s files signed.",
            decided,
        )
        return said % {"signed": signed, "files": decided}

    def verdict(self) -> str:
        """All the other ways to break the rule counted in."""
        if not self.faulty:
            return gettext("No file breaks the four-eyes rule.")
        said = ngettext(
            "%(faulty)s file breaks the four-eyes rule.", "%(faulty)s files break the four-eyes rule.", self.faulty
        )
        return said % {"faulty": self.faulty}

    def named(self, people: Iterable[int]) -> list[str]:
        return sorted(self.names[one] for one in people)


@dataclass(frozen=True, slots=True)
class Done:
    """One event, or the first of the same kind by the same person where only who did it counts."""

    action: str
    user: int
    to_state: str
    cents: str
    request: str


def four_eyes(fund: Fund) -> FourEyes:
    """In three queries, however many files."""
    done = {pk: [Done(*rest) for _pk, *rest in rows] for pk, rows in groupby(events_of(fund), key=itemgetter(0))}
    files = [
        judged((uuid, reference, tenant), State(state), done.get(pk, []), threshold)
        for pk, uuid, reference, tenant, state, threshold in rows_of(FILES, [fund.pk, State.DRAFT.value])
    ]
    known = set().union(*(one.people() for one in files))
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=known)}
    return FourEyes(sorted(files, key=lambda one: (not one.faults, one.reference)), names)


def events_of(fund: Fund) -> list[tuple[Any, ...]]:
    filing = sorted(action for action, part in PART_OF.items() if part == Part.FILED)
    others = sorted({*PART_OF, *ASKING, *SETTLING, *ENDS_VISAS} - set(filing))
    return rows_of(EVENTS, {"fund": fund.pk, "filing": filing, "others": others})


def judged(known: tuple[UUID, str, str], state: State, done: Sequence[Done], threshold_cents: int | None) -> FileEyes:
    """`known`: the file's identifier, reference and business."""
    parts = {part: frozenset(one.user for one in done if PART_OF.get(one.action) == part) for part in Part}
    faults = [
        *(
            Fault(FaultCode.TWO_PARTS, parts[first] & parts[second], (first, second))
            for first, second in combinations(Part, 2)
            if parts[first] & parts[second]
        ),
        *visa_faults(done, threshold_cents),
        *request_faults(done),
        *unsigned(state, done),
    ]
    return FileEyes(*known, state, parts, faults)


def visa_faults(done: Iterable[Done], threshold_cents: int | None) -> Iterator[Fault]:
    """The visas alive at the same time are by two people; an amount above the threshold has two.

    The threshold counts what the undertaking has in the whole fund; here it is held against the file's own amount,
    which is less: what shows here is surely wrong.
    """
    givers: list[int] = []
    for one in done:
        if one.action in ENDS_VISAS:
            givers = []
        if one.action != Action.APPROVE:
            continue
        if one.user in givers:
            yield Fault(FaultCode.ONE_GIVER, frozenset({one.user}))
        givers.append(one.user)
        if one.to_state == State.APPROVED:
            cents = int(one.cents) if one.cents.isdecimal() else 0
            if threshold_cents is not None and cents > threshold_cents and len(givers) == 1:
                people = frozenset(givers)
                yield Fault(FaultCode.ONE_VISA, people, cents=cents, threshold_cents=threshold_cents)
            givers = []


def request_faults(done: Iterable[Done]) -> Iterator[Fault]:
    """Who asks to undo something doesn't settle it."""
    asked: dict[str, int] = {}
    for one in done:
        if one.action in ASKING:
            asked[one.request] = one.user
        elif one.action in SETTLING and asked.get(one.request) == one.user:
            yield Fault(FaultCode.OWN_REQUEST, frozenset({one.user}), action=one.action)


def unsigned(state: State, done: Iterable[Done]) -> Iterator[Fault]:
    """A file that is where only a step could lead it, and no event of that step."""
    seen = {one.action for one in done}
    for action in SAID_BY.get(state, ("submit",)):
        if action not in seen:
            yield Fault(FaultCode.UNSIGNED, action=action)


FILES: Final = """
SELECT file.id, file.uuid, file.reference, coalesce(nullif(tenant.trade_name, ''), tenant.legal_name), file.state,
    charter.second_visa_threshold_cents
FROM grants_application file
JOIN landlords_tenantbusiness tenant ON tenant.id = file.tenant_id
JOIN grants_charter charter ON charter.id = file.charter_id
WHERE file.fund_id = %s AND file.state <> %s
"""

# A draft is saved dozens of times: of what makes a filer, one row for each person.
EVENTS: Final = """
SELECT application_id, action, user_id, to_state, cents, request FROM (
    SELECT application_id, min(id) AS id, action, user_id, '' AS to_state, '' AS cents, '' AS request
    FROM grants_event WHERE fund_id = %(fund)s AND application_id IS NOT NULL AND action = ANY(%(filing)s)
    GROUP BY application_id, action, user_id
    UNION ALL
    SELECT application_id, id, action, user_id, to_state,
        coalesce(data->>'approved_cents', ''), coalesce(data->>'request', '')
    FROM grants_event WHERE fund_id = %(fund)s AND application_id IS NOT NULL AND action = ANY(%(others)s)
) found ORDER BY application_id, id
"""
