"""The draw: the same again from the same seed, nothing twice, each stratum its size, no unit likelier than another."""

import hashlib
from collections import Counter
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from grants.control.draw import Stratum, Unit, by_stratum, digest_of, draw, population_digest, stratum_of
from grants.control.plan import LARGEST, Plan, plan_breaches, shares, size_breaches
from grants.enums import SampleMethod
from tests.grants.control.samples import plan
from tests.grants.statistics.unhurried import UNHURRIED

TODAY = date(2020, 6, 1)
units_of = st.lists(
    st.builds(Unit, key=st.text(min_size=1, max_size=12), cents=st.integers(1, 10_000)),
    unique_by=lambda unit: unit.key,
    max_size=40,
)
bounds = st.lists(st.integers(1, 9_000), unique=True, max_size=4).map(sorted)
sizes = st.integers(1, 12)
seeds = st.from_regex(r"[A-Za-z0-9._-]{8,64}", fullmatch=True)


@st.composite
def strata_of(draws: st.DrawFn) -> tuple[Stratum, ...]:
    """Rows with a bound and a size, then what is above them: a size, or whole."""
    rows = [Stratum(bound, draws(sizes)) for bound in draws(bounds)]
    return (*rows, Stratum(None, draws(st.none() | sizes)))


@UNHURRIED
@given(units_of, strata_of(), seeds, st.randoms(use_true_random=False))
def test_it_is_drawn_again_alike_whatever_the_order(
    units: list[Unit], strata: tuple[Stratum, ...], seed: str, random: object
) -> None:
    shuffled = list(units)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis's
    assert draw(units, strata, seed) == draw(shuffled, strata, seed)
    assert population_digest(units) == population_digest(shuffled)


@UNHURRIED
@given(units_of, strata_of(), seeds)
def test_each_stratum_gives_its_size_and_no_unit_twice(
    units: list[Unit], strata: tuple[Stratum, ...], seed: str
) -> None:
    drawn = draw(units, strata, seed)
    assert len({one.unit.key for one in drawn}) == len(drawn)
    for number, (stratum, held) in enumerate(zip(strata, by_stratum(units, strata), strict=True)):
        of_it = [one for one in drawn if one.stratum == number]
        assert len(of_it) == (len(held) if stratum.size is None else min(stratum.size, len(held)))
        assert {one.unit for one in of_it} <= set(held)
        # Nothing that was left has a smaller digest than what was drawn.
        left = {digest_of(seed, unit.key) for unit in held} - {one.digest for one in of_it}
        assert not left or max((one.digest for one in of_it), default="") < min(left)
    found = shares(units, strata)
    assert (sum(one.count for one in found), sum(one.cents for one in found)) == (
        len(units),
        sum(unit.cents for unit in units),
    )
    assert sum(one.drawn for one in found) == len(drawn)


@UNHURRIED
@given(st.integers(1, 10_000), strata_of())
def test_an_amount_belongs_to_the_first_stratum_that_holds_it(cents: int, strata: tuple[Stratum, ...]) -> None:
    number = stratum_of(cents, strata)
    upto = strata[number].upto_cents
    assert upto is None or cents <= upto
    assert all((one.upto_cents or 0) < cents for one in strata[:number])


def test_a_bound_belongs_to_its_stratum() -> None:
    strata = (Stratum(500_00, 1), Stratum(None, None))
    assert [stratum_of(cents, strata) for cents in (499_99, 500_00, 500_01)] == [0, 0, 1]


def test_the_documented_algorithm_by_hand() -> None:
    """What somebody does with `sha256sum` and a spreadsheet."""
    units = [Unit(f"oise-2020-{n:04}", 100) for n in range(1, 21)]
    lots = sorted((hashlib.sha256(b"des-4-2-6\n" + unit.key.encode()).hexdigest(), unit.key) for unit in units)
    drawn = draw(units, (Stratum(None, 5),), "des-4-2-6")
    assert [(one.digest, one.unit.key) for one in drawn] == lots[:5]
    # printf 'des-4-2-6\noise-2020-0001' | sha256sum
    assert digest_of("des-4-2-6", "oise-2020-0001") == hashlib.sha256(b"des-4-2-6\noise-2020-0001").hexdigest()


def test_every_unit_is_drawn_as_often_as_any_other() -> None:
    """5 of 20, with 4,000 seeds: each unit 1,000 times but for chance (standard deviation 27)."""
    units = [Unit(f"d-{n}", 1 + n * 100) for n in range(20)]
    counted: Counter[str] = Counter()
    pairs: Counter[frozenset[str]] = Counter()
    for n in range(4_000):
        keys = [one.unit.key for one in draw(units, (Stratum(None, 5),), f"seed-{n:08}")]
        counted.update(keys)
        pairs[frozenset(keys[:2])] += 1
    assert len(counted) == 20
    # Chi-square with 19 degrees of freedom (each count's variance is n p (1 - p)): 43.8 is passed once in a thousand.
    deviation = sum((count - 1_000) ** 2 for count in counted.values()) * 19
    assert deviation < 43.8 * 750 * 20
    # Neither are pairs favoured: 190 of them, 21 times each on average.
    assert (len(pairs), max(pairs.values()) < 50) == (190, True)


def said(asked: Plan) -> list[tuple[str, str]]:
    with translation.override("fr"):
        return [(breach.code, breach.pointer) for breach in plan_breaches(asked, TODAY) if str(breach)]


class TestPlan:
    def test_a_good_one_has_nothing_against_it(self) -> None:
        assert said(plan()) == []

    def test_all_that_is_wrong_at_once(self) -> None:
        strata = (Stratum(500_00, 0), Stratum(500_00, 3), Stratum(None, None))
        asked = plan(
            since=date(2020, 7, 2), until=date(2020, 7, 1), seed="court", method=SampleMethod.STRATIFIED, strata=strata
        )
        assert said(asked) == [
            ("period", "until"),
            ("future", "until"),
            ("seed", "seed"),
            ("bounds", "upto_2"),
            ("size", "size_1"),
        ]
        assert said(plan(since=date(1998, 12, 31))) == [("too_early", "since")]

    @pytest.mark.parametrize("seed", ["abc", "a" * 65, "graine\u00e9e1", "with space", "line\nfeed1"])
    def test_a_seed_is_what_anybody_can_type(self, seed: str) -> None:
        assert said(plan(seed=seed)) == [("seed", "seed")]

    def test_something_and_not_too_much(self) -> None:
        many = [Unit(f"d-{n}", 100) for n in range(LARGEST + 1)]
        whole = (Stratum(None, None),)
        assert [breach.code for breach in size_breaches(shares(many, whole))] == ["too_many"]
        assert [breach.code for breach in size_breaches(shares([], whole))] == ["empty"]
        assert size_breaches(shares(many[1:], whole)) == []
