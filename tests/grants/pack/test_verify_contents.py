"""What the verifier finds in the parts of a pack: each check seen red, by whoever covers up a change as well as can be.

Every tampering is followed by a new manifest and a new list of digests, and where the ledger was touched by a new
chain: what finds it is that the parts no longer agree.
"""

from pathlib import Path
from typing import Any

import pytest

from grants.exports.pack import verify_pack
from tests.grants.pack.packs import Parts, changed, codes_of, entry, event, of, rewrite

# The ledger.


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
        ({"posted_at": "soon"}, "entry_disagrees"),
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


def in_the_middle_of_a_day(parts: Parts) -> int:
    entries = parts.entries()
    return next(
        place
        for place, row in enumerate(entries)
        if row["kind"] == "commit" and row["value_date"] == entries[place - 1]["value_date"]
    )


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


# Who did what.


@pytest.mark.parametrize(
    ("first", "second"),
    [("submit", "assess_favourable"), ("assess_favourable", "approve"), ("approve", "credit"), ("edit", "credit")],
)
def test_one_person_with_two_hands_in_a_file(parts: Parts, tmp_path: Path, first: str, second: str) -> None:
    file = event(parts, "credit")["application"]
    by = event(parts, first, application=file)["by"]
    parts.change("events.jsonl", of(action=second, application=file), by=by)
    assert {"four_eyes", "role"} - changed(parts, tmp_path) <= {"role"}


def test_a_role_that_nobody_gave(parts: Parts, tmp_path: Path) -> None:
    payer = event(parts, "credit")["by"]
    parts.change("members.jsonl", of(person=payer), role="auditor")
    assert changed(parts, tmp_path) == {"role"}


def test_a_role_that_had_ended(parts: Parts, tmp_path: Path) -> None:
    payer = event(parts, "credit")["by"]
    parts.change("members.jsonl", of(person=payer), ends_on="2020-05-04")
    assert changed(parts, tmp_path) == {"role"}


def test_more_than_the_delegation_allows(parts: Parts, tmp_path: Path) -> None:
    approver = event(parts, "approve")["by"]
    parts.change("members.jsonl", of(person=approver, role="approver"), limit_cents=1_499_99)
    assert changed(parts, tmp_path) == {"delegation"}


def test_both_visas_by_one_person(parts: Parts, tmp_path: Path) -> None:
    second = next(row for row in parts.rows("events.jsonl") if row["data"].get("visas") == 2)
    first = event(parts, "approve", application=second["application"])
    parts.change("events.jsonl", of(id=second["id"]), by=first["by"])
    parts.change("visas.jsonl", of(application=second["application"], by=second["by"]), by=first["by"])
    assert changed(parts, tmp_path) == {"same_person"}


def test_a_single_visa_above_the_threshold(parts: Parts, tmp_path: Path) -> None:
    parts.change("charters.jsonl", of(version=1), second_visa_threshold_cents=1_499_99)
    assert changed(parts, tmp_path) == {"one_visa"}


@pytest.mark.parametrize("cap", ["cap_per_siren_cents", "cap_per_lease_cents"])
def test_more_than_a_cap(parts: Parts, tmp_path: Path, cap: str) -> None:
    parts.change("charters.jsonl", of(version=1), **{cap: 5_999_99})
    assert changed(parts, tmp_path) == {"cap"}


@pytest.mark.parametrize("changes", [{"by": "p-0000000000000000"}, {"on": "2020-05-06"}, {"amounts": {}}])
def test_a_forged_visa(parts: Parts, tmp_path: Path, changes: dict[str, Any]) -> None:
    parts.change("visas.jsonl", lambda _row: True, **changes)
    assert changed(parts, tmp_path) == {"visa"}


def test_visas_that_nobody_gave(parts: Parts, tmp_path: Path) -> None:
    [*visas, last] = parts.rows("visas.jsonl")
    parts.put("visas.jsonl", [*visas, last, last | {"visa": last["visa"] + 1}])
    assert changed(parts, tmp_path) == {"orphan"}
    parts.put("visas.jsonl", visas)
    assert changed(parts, tmp_path) == {"visa"}


def test_a_visa_for_more_than_was_proposed(parts: Parts, tmp_path: Path) -> None:
    visa = parts.rows("visas.jsonl")[0]
    amounts = dict.fromkeys(visa["amounts"], 1_00)
    parts.change("assessments.jsonl", of(assessment=visa["assessment"]), amounts=amounts)
    assert {"visa_opinion", "moves"} == changed(parts, tmp_path)


def test_a_visa_whose_total_is_wrong(parts: Parts, tmp_path: Path) -> None:
    approval = event(parts, "approve", to="approved")
    parts.change("events.jsonl", of(id=approval["id"]), data=approval["data"] | {"approved_cents": 1})
    assert changed(parts, tmp_path) == {"visa"}
    parts.change("events.jsonl", of(id=approval["id"]), data=approval["data"] | {"visas": 2})
    assert changed(parts, tmp_path) == {"visa"}


@pytest.mark.parametrize(
    "changes", [{"by": "p-0000000000000000"}, {"opinion": "unfavourable"}, {"application": 1}, {"charter": 2}]
)
def test_a_forged_opinion(parts: Parts, tmp_path: Path, changes: dict[str, Any]) -> None:
    parts.change("assessments.jsonl", of(opinion="favourable"), **changes)
    assert changed(parts, tmp_path) == {"opinion"}


def test_an_opinion_that_nobody_gave(parts: Parts, tmp_path: Path) -> None:
    rows = parts.rows("assessments.jsonl")
    parts.put("assessments.jsonl", [rows[0] | {"assessment": 0}, *rows])
    assert changed(parts, tmp_path) == {"orphan"}


def test_one_person_asks_and_confirms(parts: Parts, tmp_path: Path) -> None:
    asked = parts.rows("requests.jsonl")[0]
    by = asked["asked_by"]
    parts.change("requests.jsonl", of(request=asked["request"]), settled_by=by)
    settled = next(row for row in parts.rows("events.jsonl") if row["action"] in ("cancel_lines", "reverse"))
    parts.change("events.jsonl", of(id=settled["id"]), by=by)
    assert "same_person" in changed(parts, tmp_path)


def test_one_person_proposes_and_confirms(parts: Parts, tmp_path: Path) -> None:
    endowed = next(row for row in parts.rows("proposals.jsonl") if row["action"] == "endow")
    parts.change("proposals.jsonl", of(proposal=endowed["proposal"]), proposed_by=endowed["settled_by"])
    assert changed(parts, tmp_path) == {"same_person"}


@pytest.mark.parametrize(
    "changes", [{"settled_by": "p-1"}, {"settled_on": None}, {"state": "refused"}, {"state": "open"}]
)
def test_a_fund_action_that_was_settled_otherwise(parts: Parts, tmp_path: Path, changes: dict[str, Any]) -> None:
    parts.change("proposals.jsonl", of(action="endow"), **changes)
    assert changed(parts, tmp_path) == {"unasked"}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"asked_by": "p-1"}, {"request"}),
        ({"kind": "cancel"}, {"request"}),
        ({"state": "open"}, {"unasked"}),
        ({"lines": []}, {"request"}),
    ],
)
def test_a_request_that_was_another(parts: Parts, tmp_path: Path, changes: dict[str, Any], codes: set[str]) -> None:
    parts.change("requests.jsonl", of(kind="uncredit"), **changes)
    assert changed(parts, tmp_path) == codes


def test_a_request_that_nobody_made(parts: Parts, tmp_path: Path) -> None:
    rows = parts.rows("requests.jsonl")
    parts.put("requests.jsonl", [*rows, rows[0] | {"request": 999_999, "state": "open"}])
    assert changed(parts, tmp_path) == {"request"}


def test_an_undoing_by_the_wrong_step(parts: Parts, tmp_path: Path) -> None:
    parts.change("events.jsonl", of(action="cancel_lines"), action="reverse")
    assert "request" in changed(parts, tmp_path)


# Events.


def test_an_event_taken_out(parts: Parts, tmp_path: Path) -> None:
    file = event(parts, "credit")["application"]
    gone = event(parts, "submit", application=file)
    parts.put("events.jsonl", [row for row in parts.rows("events.jsonl") if row != gone])
    assert {"state", "rank"} <= changed(parts, tmp_path)


def test_events_out_of_order(parts: Parts, tmp_path: Path) -> None:
    rows = parts.rows("events.jsonl")
    parts.put("events.jsonl", [*rows[:-2], rows[-1], rows[-2]])
    assert "event_order" in changed(parts, tmp_path)


def test_an_event_of_a_day_to_come(parts: Parts, tmp_path: Path) -> None:
    parts.change("events.jsonl", of(action="transfer"), on="2120-05-05")
    assert changed(parts, tmp_path) == {"future"}


def test_an_event_of_the_evening_is_of_the_next_day_in_paris(parts: Parts, tmp_path: Path) -> None:
    at = "2020-05-25T22:30:00.000000+00:00"
    parts.change("events.jsonl", of(action="transfer"), at=at, on="2020-05-26")
    assert changed(parts, tmp_path) == set()
    parts.change("events.jsonl", of(action="transfer"), on="2020-05-27")
    assert changed(parts, tmp_path) == {"future"}


def test_an_application_hidden(parts: Parts, tmp_path: Path) -> None:
    rows = parts.rows("applications.jsonl")
    credited = next(row for row in rows if row["state"] == "credited")
    parts.put("applications.jsonl", [row for row in rows if row != credited])
    assert {"unfiled", "line_of_nobody"} <= changed(parts, tmp_path)


def test_a_fund_that_changes_its_state_by_itself(parts: Parts, tmp_path: Path) -> None:
    parts.change("events.jsonl", of(action="resume"), **{"from": "closed"})
    assert changed(parts, tmp_path) == {"state"}


def test_a_version_that_nobody_confirmed(parts: Parts, tmp_path: Path) -> None:
    rows = parts.rows("charters.jsonl")
    parts.put("charters.jsonl", [*rows, rows[-1] | {"version": 3}])
    assert changed(parts, tmp_path) == {"no_charter"}
    parts.put("charters.jsonl", rows[1:])
    assert "no_charter" in changed(parts, tmp_path)


def test_details_that_vanished_without_a_word(parts: Parts, tmp_path: Path) -> None:
    told = next(row for row in parts.rows("events.jsonl") if row["detail"])
    gone = {"event": told["id"], "application": told["application"], "by_event": None, "on": None}
    parts.put("erasures.jsonl", [gone])
    assert changed(parts, tmp_path) == {"erasure"}
    parts.put("erasures.jsonl", [gone | {"by_event": 999_999, "on": "2020-06-01"}])
    assert changed(parts, tmp_path) == {"erasure"}
    parts.put("erasures.jsonl", [gone | {"event": 999_999}])
    assert changed(parts, tmp_path) == {"orphan"}


# How things stand.


def test_a_state_that_no_event_gives(parts: Parts, tmp_path: Path) -> None:
    parts.change("applications.jsonl", of(state="rejected"), state="withdrawn")
    assert changed(parts, tmp_path) == {"state_disagrees"}


def test_a_rank_that_isnt_theirs(parts: Parts, tmp_path: Path) -> None:
    parts.change("applications.jsonl", of(rank=1), rank=2)
    assert changed(parts, tmp_path) == {"rank"}


@pytest.mark.parametrize(
    ("state", "changes", "codes"),
    [
        ("credited", {"approved_cents": 1}, {"line_disagrees", "totals"}),
        ("credited", {"state": "approved"}, {"line_disagrees", "line_state", "totals"}),
        ("declined", {"state": "cancelled"}, {"line_state", "totals"}),
        ("credited", {"application": 999_999}, {"line_of_nobody"}),
    ],
)
def test_a_line_that_says_otherwise(
    parts: Parts, tmp_path: Path, state: str, changes: dict[str, Any], codes: set[str]
) -> None:
    parts.change("lines.jsonl", of(state=state), **changes)
    assert codes <= changed(parts, tmp_path)


def test_a_line_credited_before_it_was_granted(parts: Parts, tmp_path: Path) -> None:
    credited = event(parts, "credit")
    stranger = next(row["line"] for row in parts.rows("lines.jsonl") if row["state"] == "declined")
    lines = [*credited["data"]["lines"], stranger]
    parts.change("events.jsonl", of(id=credited["id"]), data=credited["data"] | {"lines": lines})
    assert "line_state" in changed(parts, tmp_path)


def test_a_line_undone_that_wasnt_credited(parts: Parts, tmp_path: Path) -> None:
    undone = event(parts, "reverse")
    stranger = next(row["line"] for row in parts.rows("lines.jsonl") if row["state"] == "declined")
    lines = [*undone["data"]["lines"], stranger]
    parts.change("events.jsonl", of(id=undone["id"]), data=undone["data"] | {"lines": lines})
    parts.change("requests.jsonl", of(request=undone["data"]["request"]), lines=sorted(lines))
    assert "line_state" in changed(parts, tmp_path)


def test_a_month_relieved_twice(parts: Parts, tmp_path: Path) -> None:
    first, second = [row for row in parts.rows("lines.jsonl") if row["state"] == "credited"][:2]
    parts.change("lines.jsonl", of(line=second["line"]), lease=first["lease"], month=first["month"])
    assert changed(parts, tmp_path) == {"month_twice"}


def test_a_position_that_isnt_the_ledgers(parts: Parts, tmp_path: Path) -> None:
    last = parts.rows("positions.jsonl")[-1]
    parts.change("positions.jsonl", of(day=last["day"]), endowed_cents=1)
    assert changed(parts, tmp_path) == {"position"}
    parts.put("positions.jsonl", [last | {"credited_cents": 1}])
    assert changed(parts, tmp_path) == {"position"}
    parts.put("positions.jsonl", [])
    assert changed(parts, tmp_path) == {"position"}


def test_totals_that_arent_the_ledgers(parts: Parts, tmp_path: Path) -> None:
    sheet = parts.contents["totals.csv"]
    parts.contents["totals.csv"] = sheet.replace(b"kind:endow;", b"kind:gift;")
    assert changed(parts, tmp_path) == {"totals"}
    parts.contents["totals.csv"] = sheet + sheet.splitlines(keepends=True)[-1]
    assert changed(parts, tmp_path) == {"totals"}


# Heads.


def test_a_head_noted_earlier(parts: Parts, tmp_path: Path) -> None:
    path = parts.zipped(tmp_path / "pack.zip")
    third = parts.entries()[2]["digest"]
    genesis = verify_pack.Book(verify_pack.Archive(path), verify_pack.Report("en")).digest.decode()
    assert codes_of(path, heads=[(3, third), (0, genesis)]) == set()
    assert codes_of(path, heads=[(2, third)]) == {"head"}
    assert codes_of(path, heads=[(999_999, third)]) == {"head"}
    assert codes_of(path, heads=[(0, third)]) == {"head"}


def test_a_history_rewritten_whole_shows_against_a_head(parts: Parts, tmp_path: Path) -> None:
    """What a superuser could do: everything agrees, but for what was issued before."""
    place = entry(parts, "withdraw_endowment")
    third = parts.entries()[place]
    head = (int(third["number"]), third["digest"])
    at = parts.entries()[place]["posted_at"]
    told = next(row for row in parts.rows("events.jsonl") if str(row["id"]) == third["event"])
    moved = told["at"][:-7] + ("1+00:00" if told["at"][-7] != "1" else "2+00:00")
    parts.change("events.jsonl", of(id=told["id"]), at=moved)
    rewrite(parts, place, posted_at=at[:-1] + moved[-7])
    positions = parts.rows("positions.jsonl")
    by_number = {int(row["number"]): row["digest"] for row in parts.entries()}
    parts.put("positions.jsonl", [row | {"digest": by_number[row["number"]]} for row in positions])
    assert changed(parts, tmp_path) - {"head"} == set()
    assert codes_of(tmp_path / "changed.zip", heads=[head]) >= {"head"}


@pytest.mark.parametrize("text", ["", "3", "3:abc", f"x:{'0' * 64}", f"3:{'g' * 64}"])
def test_a_head_that_is_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        verify_pack.main(["pack.zip", "--head", text])
    assert "--head" in capsys.readouterr().err
