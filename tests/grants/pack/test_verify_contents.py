"""What the verifier finds in the parts of a pack: each check seen red, by whoever covers up a change as well as can be.

Every tampering is followed by a new manifest and a new list of digests, and where the ledger was touched by a new
chain: what finds it is that the parts no longer agree.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from grants.exports.pack import verify_pack
from tests.grants.pack.packs import Parts, changed, codes_of, entry, event, of, rewrite

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


def test_more_than_a_cap_over_two_files(parts: Parts, tmp_path: Path) -> None:
    """Of one undertaking, or on one lease: neither file is beyond it alone."""
    lines = parts.rows("lines.jsonl")
    granted = Counter[int]()
    for line in lines:
        granted[line["application"]] += line["approved_cents"] if line["state"] == "credited" else 0
    [(first, cents), (second, as_much)] = granted.most_common(2)
    charters = parts.rows("charters.jsonl")
    of_both = [row | {"lease": "l-of-both"} if row["application"] in (first, second) else row for row in lines]
    for cap in ("cap_per_siren_cents", "cap_per_lease_cents"):
        forged = parts.copy()
        forged.put("charters.jsonl", [row | {cap: cents + as_much - 1} for row in charters])
        assert changed(forged, tmp_path) == set()
        if cap == "cap_per_siren_cents":
            forged.change("applications.jsonl", of(application=first), undertaking="u-of-both")
            forged.change("applications.jsonl", of(application=second), undertaking="u-of-both")
        else:
            forged.put("lines.jsonl", of_both)
        assert "cap" in changed(forged, tmp_path)
        forged.put("charters.jsonl", [row | {cap: cents + as_much} for row in charters])
        assert "cap" not in changed(forged, tmp_path)


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


def test_a_visa_on_an_opinion_that_was_sent_back(parts: Parts, tmp_path: Path) -> None:
    """In the place of the first of two visas: what comes next needs another opinion."""
    visas = [row for row in parts.rows("events.jsonl") if row["action"] == "approve"]
    both = next(row["application"] for row in visas if row["to"] == "" or row["from"] == row["to"])
    first, *others = [row["id"] for row in visas if row["application"] == both]
    assert others
    sent_back = {"action": "send_back", "from": "eligible", "to": "submitted", "data": {}}
    parts.change("events.jsonl", of(id=first), **sent_back)
    assert "visa_opinion" in changed(parts, tmp_path)


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
