"""What the verifier finds in the ledger of a pack, and in rows that are too many: each check seen red.

Tampered with as in `test_verify_contents`, under a new manifest and a new chain.
"""

from pathlib import Path

import pytest

from tests.grants.pack.packs import Parts, changed, codes_of, entry, event, of, rewrite


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        ("reserve", {"amount_cents": 1}, "balance"),
        ("reserve", {"amount_cents": 1}, "moves"),
        ("reserve", {"target": "committed"}, "route"),
        ("reserve", {"kind": "borrow"}, "route"),
        ("credit", {"available_after": -1}, "below_zero"),
        ("credit", {"application": "", "line": ""}, "line_named"),
        ("credit", {"line": 999_999}, "unknown_line"),
        ("endow", {"application": 1, "line": 1}, "line_named"),
        ("credit", {"reverses": 1}, "reverses"),
        ("uncredit", {"reverses": 1}, "reverses"),
        ("uncredit", {"reverses": ""}, "reverses"),
        ("credit", {"charter": 2}, "entry_charter"),
        ("credit", {"event": 999_999}, "no_event"),
        ("credit", {"posted_at": "1591092000.123456"}, "entry_disagrees"),
        ("credit", {"application": 1}, "entry_disagrees"),
        ("credit", {"value_date": "2020-05-04"}, "value_date"),
        ("credit", {"value_date": "2020-05-04"}, "entry_disagrees"),
        ("credit", {"amount_cents": "+5"}, "malformed"),
        ("credit", {"number": "007"}, "malformed"),
    ],
)
def test_an_entry_changed_under_a_new_chain(
    parts: Parts, tmp_path: Path, kind: str, changes: dict[str, object], code: str
) -> None:
    rewrite(parts, entry(parts, kind), **changes)
    assert code in changed(parts, tmp_path)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_cents": 1}, "balance"),
        ({"amount_cents": 0}, "malformed"),
        ({"amount_cents": "+5"}, "malformed"),
        ({"source": "available"}, "route"),
        ({"reserved_after": -1}, "below_zero"),
        ({"application": "", "line": ""}, "line_named"),
        ({"line": "01"}, "unknown_line"),
        ({"event": "x"}, "malformed"),
        ({"reverses": 1}, "reverses"),
        ({"charter": 2}, "entry_charter"),
        ({"posted_at": "soon"}, "malformed"),
        ({"posted_at": "1591092000.123456"}, "entry_disagrees"),
        ({"number": "007"}, "malformed"),
    ],
)
def test_an_entry_changed_in_the_middle_of_a_day(
    parts: Parts, tmp_path: Path, changes: dict[str, object], code: str
) -> None:
    """There a row is compared as a whole with what must follow, and taken apart only if it differs."""
    rewrite(parts, in_the_middle_of_a_day(parts), **changes)
    assert code in changed(parts, tmp_path)


def test_an_entry_that_moves_nothing_or_more_than_there_is(parts: Parts, tmp_path: Path) -> None:
    """With balances that follow from it."""
    place = in_the_middle_of_a_day(parts)
    before = parts.entries()[place - 1]
    reserved, committed = int(before["reserved_after"]), int(before["committed_after"])
    for cents, code in ((0, "malformed"), (reserved + 1, "below_zero")):
        after = {"reserved_after": reserved - cents, "committed_after": committed + cents}
        rewrite(parts, place, amount_cents=cents, **after)
        assert code in changed(parts, tmp_path)


def in_the_middle_of_a_day(parts: Parts, kind: str = "commit") -> int:
    entries = parts.entries()
    return next(
        place
        for place, row in enumerate(entries)
        if row["kind"] == kind and row["value_date"] == entries[place - 1]["value_date"]
    )


def test_an_entry_of_a_kind_that_there_isnt_is_read_once(parts: Parts, tmp_path: Path) -> None:
    rewrite(parts, entry(parts, "reserve"), kind="borrow")
    found = changed(parts, tmp_path)
    assert "route" in found
    assert "number" not in found


def test_an_opinion_that_reserves_less_than_nothing_or_more_than_there_is(parts: Parts, tmp_path: Path) -> None:
    """With entries that do as it says."""
    entries = parts.entries()
    place = in_the_middle_of_a_day(parts, "reserve")
    before, row = entries[place - 1], entries[place]
    available, reserved = int(before["available_after"]), int(before["reserved_after"])
    told = event(parts, "assess_favourable", id=int(row["event"]))["data"]["assessment"]
    amounts = next(of_one["amounts"] for of_one in parts.rows("assessments.jsonl") if of_one["assessment"] == told)
    for cents, code in ((-5, "malformed"), (available + 1, "below_zero")):
        forged = parts.copy()
        forged.change("assessments.jsonl", of(assessment=told), amounts=amounts | {row["line"]: cents})
        after = {"available_after": available - cents, "reserved_after": reserved + cents}
        rewrite(forged, place, amount_cents=cents, **after)
        assert code in changed(forged, tmp_path)


def test_an_opinion_that_reserves_for_a_line_of_another_file(parts: Parts, tmp_path: Path) -> None:
    """With an entry that does as it says."""
    place = in_the_middle_of_a_day(parts, "reserve")
    row = parts.entries()[place]
    told = event(parts, "assess_favourable", id=int(row["event"]))["data"]["assessment"]
    amounts = next(of_one["amounts"] for of_one in parts.rows("assessments.jsonl") if of_one["assessment"] == told)
    stranger = next(str(of_one["line"]) for of_one in parts.rows("lines.jsonl") if str(of_one["line"]) not in amounts)
    forged = {stranger if line == row["line"] else line: cents for line, cents in amounts.items()}
    parts.change("assessments.jsonl", of(assessment=told), amounts=forged)
    rewrite(parts, place, line=stranger)
    assert "unknown_line" in changed(parts, tmp_path)


def test_a_line_credited_twice_for_another(parts: Parts, tmp_path: Path) -> None:
    """The fund's balances stay as they are: only the line has less than nothing."""
    first = parts.entries()[entry(parts, "credit")]
    second = entry(parts, "credit", 1)
    assert parts.entries()[second]["event"] == first["event"]
    rewrite(parts, second, line=first["line"])
    assert {"line_below_zero", "moves"} <= changed(parts, tmp_path)


def test_an_entry_changed_under_its_old_digest(parts: Parts, tmp_path: Path) -> None:
    rewrite(parts, entry(parts, "reserve"), chained=False, amount_cents=1)
    assert "digest" in changed(parts, tmp_path)


def test_an_entry_taken_out(parts: Parts, tmp_path: Path) -> None:
    entries = parts.entries()
    del entries[entry(parts, "commit")]
    parts.put_entries(entries)
    assert {"number", "balance", "moves"} <= changed(parts, tmp_path)


def test_the_last_entry_dropped_and_all_that_counts_it_mended(parts: Parts, tmp_path: Path) -> None:
    parts.put_entries(parts.entries()[:-1])
    assert "moves" in changed(parts, tmp_path)


def test_the_last_entries_dropped_with_their_event(parts: Parts, tmp_path: Path) -> None:
    """Then the file's state gives it away."""
    last = parts.entries()[-1]["event"]
    parts.put_entries([row for row in parts.entries() if row["event"] != last])
    parts.put("events.jsonl", [row for row in parts.rows("events.jsonl") if str(row["id"]) != last])
    assert {"position", "totals", "unasked"} <= changed(parts, tmp_path)


def test_an_event_dropped_whose_entries_are_left(parts: Parts, tmp_path: Path) -> None:
    gone = event(parts, "credit")
    parts.put("events.jsonl", [row for row in parts.rows("events.jsonl") if row != gone])
    assert {"no_event", "state_disagrees", "line_state"} <= changed(parts, tmp_path)


def test_a_paper_on_something_that_never_happened(parts: Parts, tmp_path: Path) -> None:
    before = parts.change("papers.jsonl", of(kind="letter_award"), event=999_999)
    assert changed(parts, tmp_path) == {"paper_event"}
    parts.change("papers.jsonl", of(event=999_999), event=before["event"], application=1)
    assert changed(parts, tmp_path) == {"paper_event"}


def test_a_paper_that_bears_no_head_and_follows_from_nothing(parts: Parts, tmp_path: Path) -> None:
    parts.change("papers.jsonl", of(kind="decision_list"), event=None, head_number=None, head_digest=None)
    assert changed(parts, tmp_path) == set()


def test_an_entry_that_its_event_didnt_ask_for(parts: Parts, tmp_path: Path) -> None:
    """Back and forth, so that the balances are right: behind a reservation, and of an event that moves nothing."""
    entries = parts.entries()
    place = next(place for place, row in enumerate(entries) if row["kind"] == "commit") - 1
    assert entries[place]["kind"] == "reserve"
    silent = event(parts, "submit")["id"]
    for of_event in (entries[place]["event"], silent):
        changed_parts = parts.copy()
        changed_parts.put_entries(with_a_detour(entries, place, event=of_event))
        assert "no_event" in changed(changed_parts, tmp_path)


def with_a_detour(entries: list[dict[str, str]], place: int, **changes: object) -> list[dict[str, str]]:
    """The entries, with one that releases what that one reserved, and one that reserves it again."""
    reserved = entries[place] | {name: str(value) for name, value in changes.items()}
    before = entries[place - 1]
    released = reserved | {"kind": "release", "source": "reserved", "target": "available"}
    released |= {name: before[name] for name in ("available_after", "reserved_after")}
    longer = [*entries[: place + 1], released, reserved, *entries[place + 1 :]]
    shifted = {place + 2 + number: place + 4 + number for number in range(len(entries))}
    return [
        row | {"number": str(number), "reverses": str(shifted.get(int(row["reverses"] or 0), row["reverses"]))}
        for number, row in enumerate(longer, 1)
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("charters.jsonl", "members.jsonl", "proposals.jsonl", "applications.jsonl", "lines.jsonl"),
        *("requests.jsonl", "documents.jsonl", "papers.jsonl", "people.jsonl", "positions.jsonl"),
    ],
)
def test_a_row_that_comes_again(parts: Parts, tmp_path: Path, name: str) -> None:
    """Whoever reads the part would add it up twice, or believe the one that isn't true."""
    if name == "people.jsonl":
        parts.put(name, [{"pseudonym": "t-1", "name": "Boulangerie Petit", "siret": ""}])
        assert changed(parts, tmp_path) == set()
    rows = parts.rows(name)
    parts.put(name, [rows[0], *rows])
    assert changed(parts, tmp_path) == {"again"}


def test_an_entry_behind_the_last_event(parts: Parts, tmp_path: Path) -> None:
    rewrite(parts, len(parts.entries()) - 1, event=999_999)
    assert "no_event" in changed(parts, tmp_path)


def test_another_header(parts: Parts, tmp_path: Path) -> None:
    parts.contents["ledger.csv"] = parts.contents["ledger.csv"].replace(b"target", b"cible", 1)
    assert "malformed" in changed(parts, tmp_path)


def test_more_endowed_than_the_charter_has(parts: Parts, tmp_path: Path) -> None:
    parts.change("charters.jsonl", of(version=1), ceiling_cents=39_999_99)
    assert changed(parts, tmp_path) == {"ceiling"}


def test_a_head_that_isnt_the_ledgers(parts: Parts, tmp_path: Path) -> None:
    told = parts.manifest()
    parts.put_manifest(told | {"head": {"number": 1, "digest": "0" * 64}})
    assert codes_of(parts.zipped(tmp_path / "pack.zip")) == {"last_entry"}
    parts.put_manifest(told | {"sums_cents": {}})
    assert codes_of(parts.zipped(tmp_path / "pack.zip")) == {"sums_cents"}
