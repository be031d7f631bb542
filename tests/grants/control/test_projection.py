"""The projected error: a ratio per stratum, in fractions, rounded once."""

from fractions import Fraction

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from grants.control.projection import Looked, Projection, rounded
from grants.control.words import limits, result_sentence
from tests.grants.statistics.unhurried import UNHURRIED


@st.composite
def looked(draws: st.DrawFn, *, whole: bool = False) -> Looked:
    cents = draws(st.lists(st.integers(1, 100_000), min_size=1, max_size=30))
    drawn = len(cents) if whole else draws(st.integers(1, len(cents)))
    looked_cents = sum(cents[:drawn])
    error = draws(st.integers(0, looked_cents))
    return Looked(len(cents), sum(cents), drawn, looked_cents, errors=int(error > 0), error_cents=error)


def test_by_hand() -> None:
    """100.50 of 2,921.70 looked at, in a stratum of 13,304.10: 457.63; the rest was looked at whole."""
    found = Projection(
        [
            Looked(18, 13_304_10, 4, 2_921_70, errors=1, error_cents=100_50),
            Looked(15, 26_818_25, 15, 26_818_25, errors=1, error_cents=12_00),
        ]
    )
    assert found.strata[0].projected == Fraction(10050 * 1330410, 292170)
    assert [one.projected_cents for one in found.strata] == [457_63, 12_00]
    assert (found.projected_cents, found.error_cents) == (469_63, 112_50)
    assert (found.rate_bp, found.coverage_bp, found.strata[0].rate_bp) == (117, 7412, 344)
    with translation.override("fr"):
        assert result_sentence(found) == (
            "Erreur extrapolée\u00a0: 469,63\u00a0€ sur 40\u202f122,35\u00a0€, soit 1,17\u00a0%."
            " Relevé dans le sondage\u00a0: 112,50\u00a0€ sur 29\u202f739,95\u00a0€."
        )


@UNHURRIED
@given(st.lists(looked(), min_size=1, max_size=4))
def test_it_lies_between_what_was_found_and_all_there_is(strata: list[Looked]) -> None:
    found = Projection(strata)
    assert found.error_cents <= found.projected <= found.cents
    assert abs(found.projected_cents - sum(one.projected_cents for one in strata)) <= len(strata)
    assert (found.projected == 0) == (found.error_cents == 0)


@UNHURRIED
@given(st.lists(looked(whole=True), min_size=1, max_size=4))
def test_what_was_looked_at_whole_says_exactly_what_it_found(strata: list[Looked]) -> None:
    found = Projection(strata)
    assert found.projected == found.projected_cents == found.error_cents
    assert found.coverage_bp == 10_000


@UNHURRIED
@given(st.lists(st.integers(1, 100_000), min_size=2, max_size=30), st.data())
def test_a_constant_share_of_error_is_found_again(cents: list[int], data: st.DataObject) -> None:
    """Where each unit is wrong by the same share, any sample projects the true error."""
    drawn = data.draw(st.integers(1, len(cents)))
    one = Looked(
        len(cents), sum(cents) * 4, drawn, sum(cents[:drawn]) * 4, errors=drawn, error_cents=sum(cents[:drawn])
    )
    assert one.projected == sum(cents)


def test_an_empty_stratum_says_nothing_and_breaks_nothing() -> None:
    found = Projection([Looked(0, 0, 0, 0)])
    assert (found.projected_cents, found.rate_bp, found.coverage_bp) == (0, 0, 0)


def test_half_a_cent_is_rounded_up() -> None:
    assert [rounded(Fraction(n, 2)) for n in (1, 2, 3, 0)] == [1, 1, 2, 0]


def test_the_rule_of_three_is_said_where_it_holds() -> None:
    clean = Looked(400, 1_000_00, 60, 150_00)
    assert clean.most_wrong_bp == 500
    with translation.override("fr"):
        last = list(limits(Projection([clean])))[-1]
    assert "60 examinées sans anomalie\u00a0; avec une confiance de 95\u00a0%, 5\u00a0% au plus" in last
    assert Looked(400, 1_000_00, 29, 100_00).most_wrong_bp is None
    assert Looked(60, 150_00, 60, 150_00).most_wrong_bp is None
    assert Looked(400, 1_000_00, 60, 150_00, minor=1).most_wrong_bp is None
    assert len(list(limits(Projection([Looked(60, 150_00, 60, 150_00)])))) == 2
