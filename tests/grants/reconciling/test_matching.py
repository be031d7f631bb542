"""Which line a posted credit note is about: exactly, or why not and what to do."""

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.enums import LineState
from grants.money import Split
from grants.reconciling.matching import FAULT, KNOWN, READY, Candidate, Matcher, Posted
from landlords.enums import Component

MARCH, APRIL, MAY = date(2020, 3, 1), date(2020, 4, 1), date(2020, 5, 1)
DAY = date(2020, 5, 6)


def line(pk: int = 1, **changes: Any) -> Candidate:
    """A line of 500 EUR of rent for April on lease B1, to be credited, with 20 % of VAT."""
    facts = {
        "pk": pk,
        "uuid": f"uuid-{pk}",
        "lease_id": 7,
        "lease": "B1",
        "month": APRIL,
        "component": Component.RENT,
        "state": LineState.APPROVED,
        "amount": Split(500_00, 100_00, 600_00),
    }
    return Candidate(**facts | changes)


def posted(row: int = 2, **changes: Any) -> Posted:
    facts = {
        "row": row,
        "lease": "B1",
        "start": APRIL,
        "end": date(2020, 4, 30),
        "component": Component.RENT,
        "gross": 600_00,
        "ref": "AV1",
        "on": DAY,
    }
    return Posted(**facts | changes)


def judged(rows: list[Posted], *lines: Candidate) -> list[tuple[str, tuple[int, ...], str]]:
    matcher = Matcher(lines, {"B1": 7, "b 2": 8, "B2": 9, "B 3": 10})
    found = [matcher.judge(row) for row in rows]
    return [(one.state, one.lines, one.breach.code if one.breach else "") for one in found]


CREDITED: dict[str, Any] = {"state": LineState.CREDITED, "voucher_ref": "AV1", "voucher_date": DAY}
THREE = [line(n, month=month) for n, month in enumerate((MARCH, APRIL, MAY), 1)]
CHARGES = line(2, component=Component.CHARGES, amount=Split(100_00, 20_00, 120_00))
ALIKE = line(2, component=Component.CHARGES)
SAME_VOUCHER = line(2, component=Component.CHARGES, **CREDITED)
QUARTER = {"start": MARCH, "end": date(2020, 5, 31)}


@pytest.mark.parametrize(
    ("row", "lines", "expected"),
    [
        (posted(), [line()], (READY, (1,), "")),
        (posted(lease="b1"), [line()], (READY, (1,), "")),
        (posted(gross=None, net=500_00), [line()], (READY, (1,), "")),
        (posted(gross=None, amount=600_00), [line()], (READY, (1,), "")),
        (posted(component=None), [line()], (READY, (1,), "")),
        (posted(line="uuid-1", lease="", start=None, component=None), [line()], (READY, (1,), "")),
        (posted(**QUARTER, gross=1800_00), THREE, (READY, (1, 2, 3), "")),
        (posted(component=None, gross=720_00), [line(), CHARGES], (READY, (1, 2), "")),
        (posted(component=None, gross=120_00), [line(), CHARGES], (READY, (2,), "")),
        (posted(), [line(2, state=LineState.DECLINED), line()], (READY, (1,), "")),
        (posted(), [line(**CREDITED)], (KNOWN, (1,), "already")),
        (posted(component=None), [line(**CREDITED), SAME_VOUCHER], (KNOWN, (2,), "already")),
        (posted(ref="", on=None), [line()], (KNOWN, (), "not_posted")),
        (posted(gross=600_01), [line()], (FAULT, (), "amount_differs")),
        (posted(net=499_99), [line()], (FAULT, (), "amount_differs")),
        (posted(gross=500_00), [line()], (FAULT, (), "net_given")),
        (posted(gross=None), [line()], (FAULT, (), "amount_missing")),
        (posted(gross=600_01), [line(**CREDITED)], (FAULT, (), "amount_differs")),
        (posted(ref="AV2"), [line(**CREDITED)], (FAULT, (), "other_voucher")),
        (posted(), [line(state=LineState.CANCELLED)], (FAULT, (), "not_approved")),
        (posted(), [line(state=LineState.REVERSED), line(2, state=LineState.DECLINED)], (FAULT, (), "not_approved")),
        (posted(start=None), [line()], (FAULT, (), "month_missing")),
        (posted(start=MAY, end=MAY), [line()], (FAULT, (), "month_wrong")),
        (posted(component=Component.CHARGES), [line()], (FAULT, (), "component_wrong")),
        (posted(lease="B9"), [line()], (FAULT, (), "lease_unknown")),
        (posted(lease="B 2"), [line()], (FAULT, (), "lease_unknown")),
        (posted(lease="B2"), [line()], (FAULT, (), "nothing_approved")),
        (posted(component=None), [line(), ALIKE], (FAULT, (), "ambiguous")),
        (posted(component=None, gross=1), [line(), ALIKE], (FAULT, (), "amount_differs")),
        (posted(line="uuid-9"), [line()], (FAULT, (), "line_unknown")),
        (posted(line="uuid-1", lease="B2"), [line()], (FAULT, (), "contradicts")),
        (posted(line="uuid-1", start=MAY, end=MAY), [line()], (FAULT, (), "contradicts")),
        (posted(line="uuid-1", component=Component.CHARGES), [line()], (FAULT, (), "contradicts")),
        (posted(ref=""), [line()], (FAULT, (), "voucher_missing")),
        (posted(on=None), [line()], (FAULT, (), "date_missing")),
    ],
)  # fmt: skip
def test_one_row(row: Posted, lines: list[Candidate], expected: tuple[str, tuple[int, ...], str]) -> None:
    assert judged([row], *lines) == [expected]


@pytest.mark.parametrize(
    ("changes", "is_undone"),
    [
        ({}, True),
        ({"ref": "av1 "}, True),
        ({"lease": "", "start": None, "end": None, "component": None}, True),
        ({"lease": "b1", "gross": 120_00}, True),
        ({"start": MARCH, "end": date(2020, 5, 31)}, True),
        ({"start": MAY, "end": None}, False),
        ({"start": MARCH, "end": None}, False),
        ({"component": Component.CHARGES}, False),
        ({"lease": "B2"}, False),
        ({"lease": "B9"}, False),
        ({"ref": "AV2"}, False),
    ],
)
def test_a_row_of_the_other_sign_with_its_number_cancels_a_credit_note(
    changes: dict[str, Any], is_undone: bool
) -> None:
    matcher = Matcher([line()], {"B1": 7, "B2": 9}, [posted(9, is_credit=False, **changes)])
    verdict = matcher.judge(posted())
    assert verdict.state == (FAULT if is_undone else READY)
    if is_undone:
        assert "La ligne 9 de ce fichier annule l’avoir AV1" in str(verdict.breach)


def test_the_other_line_of_a_schedule_is_not_cancelled() -> None:
    matcher = Matcher([line()], {"B1": 7}, [posted(9, line="uuid-2", is_credit=False)])
    assert matcher.judge(posted(line="uuid-1")).state == READY
    assert matcher.judge(posted(ref="")).breach is not None


def test_the_lines_between_which_it_hesitates_are_named() -> None:
    alike = [line(n, month=date(2020, n, 1)) for n in range(1, 9)]
    year = posted(start=date(2020, 1, 1), end=date(2020, 12, 31), component=None)
    said = str(Matcher(alike, {"B1": 7}).judge(year).breach).replace("\u00a0", " ")
    assert said.startswith("Plusieurs lignes ont ce montant (loyer 01/2020, loyer 02/2020,")
    assert "loyer 06/2020…) : précisez" in said
    assert "07/2020" not in said


def test_a_line_is_taken_once() -> None:
    assert judged([posted(2), posted(3)], line()) == [(READY, (1,), ""), (FAULT, (), "row_twice")]


def test_the_sentence_says_by_how_much() -> None:
    verdict = Matcher([line()], {"B1": 7}).judge(posted(gross=601_50))
    assert "1,50\u00a0€" in str(verdict.breach)
    assert "écart" in str(verdict.breach)


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_whatever_the_file_no_line_is_proposed_twice_nor_for_another_amount(seed: random.Random) -> None:
    lines = [line(1), line(2, component=Component.CHARGES), line(3, month=MARCH), line(4, month=MAY, **CREDITED)]
    matcher = Matcher(lines, {"B1": 7, "B2": 9})
    credited: list[int] = []
    for row in range(2, 12):
        told = posted(row, **{name: seed.choice(values) for name, values in ANYTHING.items()})
        verdict = matcher.judge(told)
        if verdict.state == READY:
            assert told.ref
            assert told.on
            assert told.gross in (None, 600_00 * len(verdict.lines))
            credited += verdict.lines
    assert len(credited) == len(set(credited))
    assert 4 not in credited


ANYTHING: dict[str, list[Any]] = {
    "line": ["", "", "uuid-1", "uuid-2", "uuid-3"],
    "lease": ["", "B1", "b1 ", "B2"],
    "start": [None, MARCH, APRIL],
    "end": [None, APRIL, MAY],
    "component": [None, *Component],
    "gross": [None, 600_00, 1200_00, 1800_00],
    "net": [None, 500_00],
    "ref": ["", "AV1", "AV2"],
    "on": [None, DAY],
}
