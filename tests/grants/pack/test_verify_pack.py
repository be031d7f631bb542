"""What the auditor's verifier finds: each check seen red, by whoever covers up a change as well as can be.

Every tampering is followed by a new manifest and a new list of digests, and where the ledger was touched by a new
chain: what finds it is that the parts no longer agree.
"""

import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grants.exports.pack import verify_pack
from tests.grants.pack.packs import Parts, codes_of

SEED = 20200505
VERIFIER = Path(verify_pack.__file__)


def of(**wanted: Any) -> Callable[[dict[str, Any]], bool]:
    """A row that has these values."""
    return lambda row: all(row[name] == value for name, value in wanted.items())


def changed(parts: Parts, tmp_path: Path) -> set[str]:
    """What is found once the change was covered up."""
    parts.mend()
    return codes_of(parts.zipped(tmp_path / "changed.zip"))


def event(parts: Parts, action: str, **more: Any) -> dict[str, Any]:
    return next(row for row in parts.rows("events.jsonl") if of(action=action, **more)(row))


def entry(parts: Parts, kind: str, position: int = 0) -> int:
    """Where the ledger's entry of this kind is."""
    return [place for place, row in enumerate(parts.entries()) if row["kind"] == kind][position]


def rewrite(parts: Parts, place: int, *, chained: bool = True, **changes: object) -> None:
    entries = parts.entries()
    entries[place] |= {name: str(value) for name, value in changes.items()}
    parts.put_entries(entries, chained=chained)


# A whole pack.


def test_a_pack_as_it_was_made_has_no_fault(parts: Parts, tmp_path: Path) -> None:
    report = verify_pack.verify(str(parts.zipped(tmp_path / "pack.zip")), "en")

    assert report.faults == []
    assert report.checked["parts"] == len(verify_pack.EVERY_PART)
    assert report.checked["moves"] == len(parts.entries())
    assert report.checked["events.jsonl"] == len(parts.rows("events.jsonl"))
    assert report.checked["heads"] == len(parts.rows("papers.jsonl")) == 1
    assert {"hands", "roles", "visas", "grants", "two_people", "months", "ceilings"} <= set(report.checked)


def test_putting_together_what_was_taken_apart_gives_the_same_bytes(parts: Parts, tmp_path: Path) -> None:
    """So what the tests below change is all that they change."""
    first = parts.zipped(tmp_path / "first.zip")
    again = Parts.of(first)
    again.mend()
    assert again.zipped(tmp_path / "again.zip").read_bytes() == first.read_bytes()


def test_a_folder_it_was_unpacked_into_is_verified_too(parts: Parts, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    folder.mkdir()
    for name, content in Parts.of(parts.zipped(tmp_path / "pack.zip")).contents.items():
        (folder / name).write_bytes(content)
    assert codes_of(folder) == set()

    (folder / "visas.jsonl").write_bytes(b"")
    assert {"manifest_digest", "sums", "rows", "visa"} <= codes_of(folder)


# Bytes.


def test_every_single_byte_counts(parts: Parts, tmp_path: Path) -> None:
    """A thousand positions, in headers, names, contents and lists alike; the last bytes of the zip in any case."""
    path = parts.zipped(tmp_path / "pack.zip")
    content = path.read_bytes()
    dice = random.Random(SEED)
    names = len(content) - 22 - 64 * len(parts.contents)
    positions = [*dice.sample(range(len(content)), 800), *dice.sample(range(names, len(content)), 200)]
    missed = []
    with path.open("r+b", buffering=0) as file:
        for position in positions:
            file.seek(position)
            file.write(bytes([content[position] ^ dice.randrange(1, 256)]))
            if not is_found(path):
                missed.append(position)
            file.seek(position)
            file.write(content[position : position + 1])
    assert missed == []
    assert path.read_bytes() == content


def is_found(path: Path) -> bool:
    """By what looks at the file as a whole: the rest is not even needed."""
    report = verify_pack.Report("en")
    try:
        verify_pack.check_integrity(verify_pack.Archive(path), report)
    except (verify_pack.Damaged, verify_pack.Unreadable):
        return True
    return bool(report.faults)


def test_the_script_on_its_own_says_the_same(parts: Parts, tmp_path: Path) -> None:
    """As an auditor runs it: outside the project, without its packages."""
    path, script = parts.zipped(tmp_path / "pack.zip"), tmp_path / "verify_pack.py"
    script.write_bytes(VERIFIER.read_bytes())
    content = path.read_bytes()

    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-I", str(script), *arguments, "--lang", "fr"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, encoding="utf-8")
        return done.returncode, done.stdout + done.stderr

    code, said = run("pack.zip")
    assert (code, "AUCUNE ANOMALIE" in said) == (0, True)
    head = parts.manifest()["head"]
    assert f"{head['number']}:{head['digest']}" in said

    for position in random.Random(SEED).sample(range(len(content)), 5):
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        code, said = run("pack.zip")
        assert code in (1, 2)
        assert "AUCUNE" not in said

    path.write_bytes(content[:-1000])
    code, said = run("pack.zip")
    assert (code, "tronqué" in said) == (1, True)
    assert run("nowhere.zip")[0] == 2


def test_it_is_written_for_python_3_9() -> None:
    compile(VERIFIER.read_text(), "verify_pack.py", "exec", flags=0)
    import ast

    tree = ast.parse(VERIFIER.read_text(), feature_version=(3, 9))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("cut", [1, 22, 500, 20_000])
def test_a_zip_cut_short(parts: Parts, tmp_path: Path, cut: int) -> None:
    path = parts.zipped(tmp_path / "pack.zip")
    path.write_bytes(path.read_bytes()[:-cut])
    assert codes_of(path) == {"zip"}


def test_a_zip_with_something_behind_it(parts: Parts, tmp_path: Path) -> None:
    path = parts.zipped(tmp_path / "pack.zip")
    path.write_bytes(path.read_bytes() + b"\0")
    assert codes_of(path) == {"zip"}


def zip_of(target: Path, *entries: tuple[str, bytes], compressed: bool = False) -> Path:
    """By any zip program."""
    import warnings
    import zipfile

    with warnings.catch_warnings(), zipfile.ZipFile(target, "w") as archive:
        warnings.simplefilter("ignore")  # of two parts of one name
        for name, content in entries:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            archive.writestr(info, content)
    return target


def test_a_bomb_is_not_unfolded(tmp_path: Path) -> None:
    bomb = zip_of(tmp_path / "bomb.zip", ("ledger.csv", b"0" * 10_000_000), compressed=True)
    assert bomb.stat().st_size < 20_000
    assert codes_of(bomb) == {"zip"}


@pytest.mark.parametrize("name", ["../ledger.csv", "/etc/passwd", "a/b.csv", "lédger.csv", "..", "C:ledger.csv", ""])
def test_a_name_that_leads_elsewhere(tmp_path: Path, name: str) -> None:
    assert codes_of(zip_of(tmp_path / "path.zip", (name, b"x"))) == {"zip"}


def test_two_parts_of_one_name(tmp_path: Path) -> None:
    assert codes_of(zip_of(tmp_path / "twice.zip", ("ledger.csv", b"a"), ("ledger.csv", b"b"))) == {"zip"}


def test_a_declared_size_that_isnt_the_real_one(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "size.zip", ("ledger.csv", b"abc"))
    content = bytearray(path.read_bytes())
    content[18:26] = (2**31).to_bytes(4, "little") * 2
    path.write_bytes(content)
    assert codes_of(path) == {"zip"}


def test_too_many_parts(parts: Parts, tmp_path: Path) -> None:
    entries = [*parts.contents.items(), ("one_more.txt", b"x")]
    assert codes_of(zip_of(tmp_path / "more.zip", *entries)) == {"zip"}


@pytest.mark.parametrize("content", [b"", b"PK", b"%PDF-1.4", b"\0" * 1000])
def test_what_is_no_zip(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    assert verify_pack.main([str(path), "--lang", "en"]) == 2
    assert "no zip" in capsys.readouterr().err


def test_a_zip_of_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = zip_of(tmp_path / "photos.zip", ("photo.jpg", b"x"))
    assert verify_pack.main([str(path), "--lang", "fr"]) == 2
    assert "pas un dossier de contrôle" in capsys.readouterr().err


@pytest.mark.parametrize(
    "manifest",
    [b"", b"[]", b"{", b'{"format":"other/1","parts":[]}', b'{"format":"fundadmin-pack/1","parts":[1]}'],
)
def test_a_manifest_that_is_none(parts: Parts, tmp_path: Path, manifest: bytes) -> None:
    parts.contents["manifest.json"] = manifest
    with pytest.raises(verify_pack.Unreadable):
        codes_of(parts.zipped(tmp_path / "pack.zip"))


def test_a_manifest_of_another_format(parts: Parts, tmp_path: Path) -> None:
    parts.put_manifest(parts.manifest() | {"format": "fundadmin-pack/2"})
    with pytest.raises(verify_pack.Unreadable):
        codes_of(parts.zipped(tmp_path / "pack.zip"))


# Parts.


def test_two_parts_swapped(parts: Parts, tmp_path: Path) -> None:
    contents = parts.contents
    contents["visas.jsonl"], contents["assessments.jsonl"] = contents["assessments.jsonl"], contents["visas.jsonl"]
    assert {"manifest_digest", "rows", "visa"} <= codes_of(parts.zipped(tmp_path / "swapped.zip"))
    assert {"visa", "opinion"} <= changed(parts, tmp_path)


def test_a_part_that_is_missing(parts: Parts, tmp_path: Path) -> None:
    del parts.contents["visas.jsonl"]
    assert {"part_missing"} <= codes_of(parts.zipped(tmp_path / "less.zip"))


def test_a_part_under_another_name(parts: Parts, tmp_path: Path) -> None:
    parts.contents = {name.replace("README.en", "LISEZMOI"): content for name, content in parts.contents.items()}
    assert {"part_missing", "part_unknown"} <= codes_of(parts.zipped(tmp_path / "other.zip"))


def test_a_part_changed_and_nothing_else(parts: Parts, tmp_path: Path) -> None:
    parts.contents["README.fr.txt"] += b"\n"
    assert codes_of(parts.zipped(tmp_path / "readme.zip")) == {"manifest_digest"}


def test_a_manifest_that_leaves_a_part_out(parts: Parts, tmp_path: Path) -> None:
    told = parts.manifest()
    parts.put_manifest(told | {"parts": told["parts"][1:]})
    assert codes_of(parts.zipped(tmp_path / "pack.zip")) == {"manifest_parts"}


def test_a_count_of_rows_that_is_wrong(parts: Parts, tmp_path: Path) -> None:
    told = parts.manifest()
    told["parts"][4]["rows"] += 1
    parts.put_manifest(told)
    assert codes_of(parts.zipped(tmp_path / "pack.zip")) == {"rows"}


def test_the_paper_of_another_pack(parts: Parts, tmp_path: Path) -> None:
    parts.contents["summary.pdf"] = b"%PDF-1.4 of another day"
    assert codes_of(parts.zipped(tmp_path / "pack.zip")) == {"paper"}


def test_a_list_of_digests_that_is_wrong(parts: Parts, tmp_path: Path) -> None:
    path = parts.zipped(tmp_path / "pack.zip")
    entries = list(Parts.of(path).contents.items())
    assert codes_of(zip_of(path, *entries)) == set()
    entries[-1] = ("SHA256SUMS", entries[-1][1].replace(b"README", b"readme"))
    assert codes_of(zip_of(path, *entries)) == {"sums"}
    entries[-1] = ("SHA256SUMS", entries[-1][1].replace(b"readme", b"README") + b"\n")
    assert codes_of(zip_of(path, *entries)) == {"sums"}


@pytest.mark.parametrize(
    "line", [b"{}", b"[1]", b"not json", b'{"id":1.5}', b'{"id":NaN}', b"\xff\xfe", b"[" * 100_000, b'{"id":"a"}']
)
@pytest.mark.parametrize("name", ["events.jsonl", "lines.jsonl"])
def test_a_line_that_cant_be_read(parts: Parts, tmp_path: Path, name: str, line: bytes) -> None:
    parts.contents[name] += line + b"\n"
    assert "malformed" in changed(parts, tmp_path)


def test_a_line_without_an_end(parts: Parts, tmp_path: Path) -> None:
    parts.contents["visas.jsonl"] = parts.contents["visas.jsonl"][:-1]
    assert "malformed" in changed(parts, tmp_path)
    parts.contents["visas.jsonl"] += b" " * (2 * verify_pack.LONGEST_LINE)
    assert "malformed" in changed(parts, tmp_path)


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
        ({"state": "open"}, {"request"}),
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
    genesis = verify_pack.Book(verify_pack.Archive(path), verify_pack.Report("en")).digest
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


# What is said.


@pytest.mark.parametrize(
    ("variables", "language"),
    [({"LANG": "fr_FR.UTF-8"}, "fr"), ({"LANG": "en_GB.UTF-8"}, "en"), ({"LANG": "C", "LC_ALL": "en_US"}, "en")],
)
def test_the_language_of_the_computer(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: str
) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert verify_pack.spoken() == language


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_it_prints(parts: Parts, tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = parts.zipped(tmp_path / "pack.zip")
    third = parts.entries()[2]["digest"]
    assert verify_pack.main([str(path), "--lang", language, "--head", f"3:{third}"]) == 0
    said = capsys.readouterr().out
    assert {"fr": "AUCUNE ANOMALIE.", "en": "NO FAULT."}[language] in said
    assert {"fr": "Ce que cela ne prouve pas", "en": "What it doesn't"}[language] in said
    parts.change("lines.jsonl", of(state="declined"), state="cancelled")
    parts.mend()
    parts.zipped(path)
    assert verify_pack.main([str(path), "--lang", language]) == 1
    said = capsys.readouterr().out
    assert "line_state: lines.jsonl: " in said
    assert {"fr": "ANOMALIES : 2", "en": "FAULTS: 2"}[language] in said


def test_ten_thousand_faults_are_counted_and_not_all_told(
    parts: Parts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.contents["events.jsonl"] = b"x\n" * 10_000
    parts.mend()
    assert verify_pack.main([str(parts.zipped(tmp_path / "pack.zip")), "--lang", "en"]) == 1
    said = capsys.readouterr().out
    assert said.count("malformed: events.jsonl:") == verify_pack.MOST_FAULTS
    assert "more." in said


def test_every_sentence_is_there_in_both_languages_and_told_somewhere() -> None:
    source = VERIFIER.read_text()
    for code, (french, english) in verify_pack.TEXTS.items():
        assert set(re.findall(r"{\w+}", french)) == set(re.findall(r"{\w+}", english)), code
        assert french != english or code == "count visas"
        assert source.count(f'"{code}"') > 1 or code.startswith("count "), code
