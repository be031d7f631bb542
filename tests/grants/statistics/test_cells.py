"""What may be published: whatever the groups, none of fewer than five can be read or computed."""

from hypothesis import given
from hypothesis import strategies as st

from grants.statistics.cells import MOST, SMALL, published, shown
from grants.statistics.groups import Group
from tests.grants.statistics.unhurried import UNHURRIED

GROUPS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9_000_00)), max_size=20).map(
    lambda rows: [Group(f"groupe {n:02d}", count, cents * count, 2 * count) for n, (count, cents) in enumerate(rows)]
)


def group(label: str, count: int) -> Group:
    return Group(label, count, count * 100_00, count * 2, codes=("56.10A",))


@UNHURRIED
@given(GROUPS)
def test_the_rows_add_up_and_none_is_small(groups: list[Group]) -> None:
    rows = shown(groups)
    counts = [row.businesses for row in groups]
    assert all(row.businesses >= SMALL for row in rows)
    assert len(rows) <= MOST + 1
    if 0 < sum(counts) < SMALL:
        assert rows == []
    else:
        assert sum(row.businesses for row in rows) == sum(counts)
        assert sum(row.cents for row in rows) == sum(row.cents for row in groups)
        assert sum(row.jobs for row in rows) == sum(row.jobs for row in groups)


@UNHURRIED
@given(GROUPS)
def test_what_a_reader_computes_from_the_rows_is_never_one_small_group(groups: list[Group]) -> None:
    """A hidden group is known only together with another: the total less what is shown is of several groups."""
    named = {row.label for row in shown(groups)}
    hidden = [row for row in groups if row.businesses and row.label not in named]
    assert not hidden or sum(row.businesses for row in hidden) >= SMALL or not named
    assert not named or all(row.businesses >= SMALL for row in groups if row.label in named)
    assert len(hidden) != 1 or hidden[0].businesses >= SMALL or not named


def test_the_smallest_row_shown_joins_others_that_are_too_few() -> None:
    """20, 6 and 3: the total less 20 and 6 would tell the 3."""
    rows = shown([group("restauration", 20), group("fleurs", 6), group("librairie", 3)])
    assert [(row.businesses, row.parts) for row in rows] == [(20, 1), (9, 2)]
    assert "librairie" not in str(rows)


def test_what_a_row_is_made_of_is_not_published() -> None:
    assert shown([group("restauration", 20)])[0].codes == ()


def test_a_commune_is_not_computed_from_its_epci() -> None:
    """An EPCI of 12: a commune of 9 and one of 3 are not both told."""
    creil = (group("CA Creil", 12), [group("Creil", 9), group("Montataire", 3)])
    other = (group("CA du Beauvaisis", 11), [group("Beauvais", 6), group("Allonne", 5)])
    tables = published([], [creil, other])
    assert [(epci.label, [row.label for row in rows]) for epci, rows in tables.places] == [
        ("CA Creil", []),
        ("CA du Beauvaisis", ["Beauvais", "Allonne"]),
    ]


def test_the_communes_of_epcis_put_together_are_not_told() -> None:
    places = [
        (group("A", 20), [group("Ville A", 20)]),
        (group("B", 6), [group("Ville B", 6)]),
        (group("C", 2), [group("Ville C", 2)]),
    ]
    tables = published([], places)
    assert [(epci.businesses, [row.label for row in rows]) for epci, rows in tables.places] == [
        (20, ["Ville A"]),
        (8, []),
    ]
