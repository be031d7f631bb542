"""May this aid still be granted under a de minimis regulation? One counter per regime, no database.

What counts is the day the right to the aid is granted, never the day it is paid, and all aid to the *single
undertaking*, whoever granted it. The cap itself may be reached; an aid that would go over it can't use the
regulation at all, so nothing is trimmed (Regulation (EU) 2023/2831, art. 3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from grants.enums import AidRegime
from grants.exceptions import shown
from grants.money import Cents

WITHIN_THE_CAP = _(
    "%(regime)s: %(used_cents)s granted since %(since_on)s; %(new_cents)s more stays within the cap of %(cap_cents)s."
)
OVER_THE_CAP = _(
    "%(regime)s: %(used_cents)s granted since %(since_on)s; %(new_cents)s more goes over the cap of"
    " %(cap_cents)s by %(excess_cents)s, and none of it can be granted."
)
NOT_IN_FORCE = _("%(regime)s: not in force on %(judged_on)s.")
LESS_WOULD_PASS = _("An amount of at most %(headroom_cents)s would pass.")
NAME_ANOTHER_REGIME = _("The charter must name the regulation that applies on %(judged_on)s.")
ON_THE_EDGE = _(
    "%(edge_cents)s was granted on %(since_on)s, the very day the period counted starts from. It isn't counted"
    " here; if it were, the cap of %(edge_cap_cents)s would be passed."
)


class AidSource(TextChoices):
    """Where we know an earlier aid from."""

    LEDGER = "ledger", _("our own ledger")
    DECLARED = "declared", _("the tenant's declaration")
    REGISTER = "register", _("the State aid register")


class Ignored(TextChoices):
    """Why an earlier aid doesn't count."""

    OTHER_REGIME = "other_regime", _("granted under a regime with a counter of its own")
    LATER = "later", _("granted after the day judged")
    OUTSIDE_WINDOW = "outside_window", _("granted before the period counted")
    COUNTED_ONCE = "counted_once", _("the same aid is already counted")


@dataclass(frozen=True, slots=True)
class PriorAid:
    """An aid already granted to the single undertaking.

    `gross_cents`: gross grant equivalent, before tax (a rent waiver counts for its face value).
    `reference`: the aid's own number, where known; two entries with the same one are one aid.
    """

    granted_on: date
    gross_cents: int
    regime: AidRegime
    source: AidSource = AidSource.DECLARED
    siren: str = ""
    grantor: str = ""
    reference: str = ""


class Window(TextChoices):
    """The days before a grant over which a regulation counts."""

    ROLLING = "rolling", _("three years ending on the day")
    TAX_YEARS = "tax_years", _("the tax year and the two before")
    WHOLE_PERIOD = "whole_period", _("since the regulation applies")


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap in cents over the aids granted under `regimes`."""

    cap_cents: int
    regimes: frozenset[AidRegime]


@dataclass(frozen=True, slots=True)
class Counter:
    """A regulation: its days in force, the days it counts over, and its limits, by the day each came to apply."""

    starts_on: date
    ends_on: date
    window: Window
    limits: Mapping[date, tuple[Limit, ...]]

    def limits_on(self, on: date) -> tuple[Limit, ...]:
        """The limits of the latest change up to `on`; before the regulation, its first ones."""
        changes = [since for since in self.limits if since <= on]
        return self.limits[max(changes, default=min(self.limits))]

    def window_start(self, on: date, tax_year_month: int) -> date:
        """The first day of the window; the rolling one excludes it."""
        if self.window == Window.ROLLING:
            return on - relativedelta(years=3)
        if self.window == Window.TAX_YEARS:
            year = on.year if on.month >= tax_year_month else on.year - 1
            return date(year - 2, tax_year_month, 1)
        return self.starts_on


@dataclass(frozen=True, slots=True)
class DeMinimisResult:
    """The verdict on one new aid. The cap is the one that leaves least, where a regulation has two.

    `edge`: the aids granted on the very day the rolling window excludes; the last two fields count them too.
    """

    regime: AidRegime
    on: date
    new_cents: int
    in_force: bool
    window_start: date
    cap_cents: int
    used_cents: int
    counted: tuple[PriorAid, ...]
    ignored: tuple[tuple[PriorAid, Ignored], ...]
    edge: tuple[PriorAid, ...]
    cap_with_edge_cents: int
    used_with_edge_cents: int

    @property
    def headroom_cents(self) -> int:
        """What may still be granted on that day; 0 when the regulation isn't in force."""
        return max(0, self.cap_cents - self.used_cents) if self.in_force else 0

    @property
    def excess_cents(self) -> int:
        return max(0, self.new_cents - self.headroom_cents)

    @property
    def passes(self) -> bool:
        return self.in_force and self.used_cents + self.new_cents <= self.cap_cents

    @property
    def edge_cents(self) -> int:
        return sum(aid.gross_cents for aid in self.edge)

    @property
    def edge_matters(self) -> bool:
        """Whether counting the aids on the window's edge would turn a pass into a refusal."""
        return self.passes and self.used_with_edge_cents + self.new_cents > self.cap_with_edge_cents

    def sentence(self) -> str:
        if not self.in_force:
            return str(NOT_IN_FORCE) % self._shown()
        return str(WITHIN_THE_CAP if self.passes else OVER_THE_CAP) % self._shown()

    def remedy(self) -> str:
        """What would make it pass, or an empty text."""
        if self.passes:
            return ""
        return str(LESS_WOULD_PASS if self.in_force else NAME_ANOTHER_REGIME) % self._shown()

    def warning(self) -> str:
        """Tell of aid granted on the edge of the window, where it would change the verdict."""
        return str(ON_THE_EDGE) % self._shown() if self.edge_matters else ""

    def _shown(self) -> Mapping[str, object]:
        return {
            "regime": self.regime.label,
            "judged_on": shown(self.on),
            "since_on": shown(self.window_start),
            "used_cents": Cents(self.used_cents),
            "new_cents": Cents(self.new_cents),
            "cap_cents": Cents(self.cap_cents),
            "excess_cents": Cents(self.excess_cents),
            "headroom_cents": Cents(self.headroom_cents),
            "edge_cents": Cents(self.edge_cents),
            "edge_cap_cents": Cents(self.cap_with_edge_cents),
        }


def check(
    regime: AidRegime,
    on: date,
    new_cents: int,
    prior: Sequence[PriorAid],
    tax_year_month: int = 1,
) -> DeMinimisResult:
    """Judge an aid of `new_cents` (gross grant equivalent) granted on `on`, given the undertaking's earlier aids.

    `tax_year_month`: the month the undertaking's tax year starts in; only Regulation 1407/2013 counts by it.
    Only regimes with a counter (`COUNTERS`) can be judged; ask `has_counter` first.
    """
    counter = COUNTERS[regime]
    window_start = counter.window_start(on, tax_year_month)
    # How a rolling window's first day is read isn't settled: it is left out, and warned of where it matters.
    first_day = window_start + relativedelta(days=counter.window == Window.ROLLING)
    limits = counter.limits_on(on)
    regimes = frozenset[AidRegime]().union(*(limit.regimes for limit in limits))
    counted: list[PriorAid] = []
    ignored: list[tuple[PriorAid, Ignored]] = []
    edge: list[PriorAid] = []
    references: set[str] = set()
    for aid in prior:
        reason = _why_ignored(aid, on, regimes, first_day)
        if reason is None and aid.reference and aid.reference in references:
            reason = Ignored.COUNTED_ONCE
        if reason is None:
            counted.append(aid)
            references.add(aid.reference)
            continue
        ignored.append((aid, reason))
        if reason == Ignored.OUTSIDE_WINDOW and aid.granted_on == window_start:
            edge.append(aid)
    cap_cents, used_cents = _binding(limits, counted)
    cap_with_edge_cents, used_with_edge_cents = _binding(limits, [*counted, *edge])
    return DeMinimisResult(
        regime=regime,
        on=on,
        new_cents=new_cents,
        in_force=counter.starts_on <= on <= counter.ends_on,
        window_start=window_start,
        cap_cents=cap_cents,
        used_cents=used_cents,
        counted=tuple(counted),
        ignored=tuple(ignored),
        edge=tuple(edge),
        cap_with_edge_cents=cap_with_edge_cents,
        used_with_edge_cents=used_with_edge_cents,
    )


def has_counter(regime: AidRegime) -> bool:
    """Say whether the regime caps what one undertaking may receive."""
    return regime in COUNTERS


def _binding(limits: Sequence[Limit], aids: Sequence[PriorAid]) -> tuple[int, int]:
    """The cap that leaves least, and what these aids use of it."""
    used = ((limit.cap_cents, sum(aid.gross_cents for aid in aids if aid.regime in limit.regimes)) for limit in limits)
    return min(used, key=lambda pair: pair[0] - pair[1])


def _why_ignored(aid: PriorAid, on: date, regimes: frozenset[AidRegime], first_day: date) -> Ignored | None:
    if aid.regime not in regimes:
        return Ignored.OTHER_REGIME
    if aid.granted_on > on:
        return Ignored.LATER
    if aid.granted_on < first_day:
        return Ignored.OUTSIDE_WINDOW
    return None


GENERAL = frozenset({AidRegime.DE_MINIMIS_2023, AidRegime.DE_MINIMIS_2013})
WITH_SGEI = GENERAL | {AidRegime.SGEI_2023}
COVID = frozenset({AidRegime.COVID_FRAMEWORK})
START_2014 = date(2014, 1, 1)
START_2024 = date(2024, 1, 1)
COVID_START = date(2020, 3, 19)

COUNTERS: Mapping[AidRegime, Counter] = {
    # Together with aid for services of general economic interest, their cap holds too (art. 5).
    AidRegime.DE_MINIMIS_2023: Counter(
        START_2024,
        date(2030, 12, 31),
        Window.ROLLING,
        {START_2024: (Limit(300_000_00, GENERAL), Limit(750_000_00, WITH_SGEI))},
    ),
    AidRegime.DE_MINIMIS_2013: Counter(
        START_2014, date(2023, 12, 31), Window.TAX_YEARS, {START_2014: (Limit(200_000_00, GENERAL),)}
    ),
    AidRegime.SGEI_2023: Counter(
        START_2024, date(2030, 12, 31), Window.ROLLING, {START_2024: (Limit(750_000_00, WITH_SGEI),)}
    ),
    # The cap was raised by the fifth amendment (28 January 2021) and the sixth (18 November 2021).
    AidRegime.COVID_FRAMEWORK: Counter(
        COVID_START,
        date(2022, 6, 30),
        Window.WHOLE_PERIOD,
        {
            COVID_START: (Limit(800_000_00, COVID),),
            date(2021, 1, 28): (Limit(1_800_000_00, COVID),),
            date(2021, 11, 18): (Limit(2_300_000_00, COVID),),
        },
    ),
}
"""The regimes that cap what one undertaking may receive. Sources: Regulations (EU) 2023/2831, 1407/2013 and
2023/2832; Commission Communication of 19 March 2020 (COVID temporary framework), section 3.1."""
