"""What the verifier finds of the file as a whole, and what it says: bytes, zips, manifests, lines, languages."""

import random
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from grants.exports.pack import verify_pack
from tests.grants.pack.packs import Parts, changed, codes_of, of

SEED = 20200505
VERIFIER = Path(verify_pack.__file__)


# A whole pack.


def test_a_pack_as_it_was_made_has_no_fault(parts: Parts, tmp_path: Path) -> None:
    report = verify_pack.verify(str(parts.zipped(tmp_path / "pack.zip")), "en")

    assert report.faults == []
    assert report.checked["parts"] == len(verify_pack.EVERY_PART)
    assert report.checked["moves"] == len(parts.entries())
    assert report.checked["events.jsonl"] == len(parts.rows("events.jsonl"))
    for name in ("charters.jsonl", "members.jsonl", "applications.jsonl", "lines.jsonl", "documents.jsonl"):
        assert report.checked[name] == len(parts.rows(name)) > 1
    assert report.checked["heads"] == 1
    assert {"hands", "roles", "visas", "grants", "two_people", "months", "ceilings"} <= set(report.checked)


@pytest.mark.parametrize("day", ["first day", "last day"])
def test_as_at_a_day_it_has_none_either(packs: dict[str, Parts], tmp_path: Path, day: str) -> None:
    path, now = packs[day].zipped(tmp_path / "then.zip"), packs["now"].zipped(tmp_path / "now.zip")
    assert codes_of(path) == set()
    assert codes_of(now, str(path)) == set()


def test_as_at_the_last_day_it_says_what_it_says_now(packs: dict[str, Parts]) -> None:
    """States, ranks and amounts worked out from the events are those that are stored."""
    now, then = packs["now"], packs["last day"]
    for name in ("applications.jsonl", "ledger.csv", "events.jsonl", "totals.csv", "visas.jsonl", "requests.jsonl"):
        assert then.contents[name] == now.contents[name], name
    amounts = ("line", "state", "asked_cents", "proposed_cents", "approved_cents")
    told, stored = ([[row[name] for name in amounts] for row in pack.rows("lines.jsonl")] for pack in (then, now))
    assert told == stored


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
    """A thousand positions: anywhere, in the headers before the parts, and in the lists at the end of the zip."""
    path = parts.zipped(tmp_path / "pack.zip")
    content = path.read_bytes()
    dice = random.Random(SEED)
    places = verify_pack.Archive(path).places.items()
    headers = [start - back for name, (_path, start, _size) in places for back in range(1, 31 + len(name))]
    end = range(max(start + size for _name, (_path, start, size) in places), len(content))
    positions = [*dice.sample(range(len(content)), 400), *dice.sample(headers, 350), *dice.sample(end, 250)]
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


def test_run_as_a_script_in_this_process(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = parts.zipped(tmp_path / "pack.zip")
    for name, code in ((path, 0), (tmp_path / "nowhere.zip", 2)):
        monkeypatch.setattr(sys, "argv", ["verify_pack.py", str(name), "--lang", "en"])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(VERIFIER), run_name="__main__")
        assert end.value.code == code
    assert "nowhere.zip" in capsys.readouterr().err


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


@pytest.mark.parametrize("name", ["visas.jsonl", "summary.pdf", "README.fr.txt"])
def test_a_part_that_is_missing(parts: Parts, tmp_path: Path, name: str) -> None:
    del parts.contents[name]
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


@pytest.mark.parametrize("block", [1, 7, 100, 4096])
def test_a_line_goes_on_from_block_to_block(
    parts: Parts, tmp_path: Path, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_pack, "BLOCK", block)
    path = parts.zipped(tmp_path / "pack.zip")
    for name in ("ledger.csv", "events.jsonl", "totals.csv"):
        assert list(verify_pack.Archive(path).lines(name)) == parts.contents[name].splitlines(keepends=True)


def test_a_line_that_never_ends_is_handed_on_in_pieces(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_pack, "BLOCK", 10)
    monkeypatch.setattr(verify_pack, "LONGEST_LINE", 25)
    parts.contents["visas.jsonl"] = b"x" * 1000
    pieces = list(verify_pack.Archive(parts.zipped(tmp_path / "pack.zip")).lines("visas.jsonl"))
    assert b"".join(pieces) == b"x" * 1000
    assert max(map(len, pieces)) < 25 + 10


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
    assert said.startswith({"fr": "Contrôlé :", "en": "Checked:"}[language])
    assert len(re.findall(r"^ +\d+  visas", said, re.MULTILINE)) == 1
    parts.change("lines.jsonl", of(state="declined"), state="cancelled")
    parts.mend()
    parts.zipped(path)
    assert verify_pack.main([str(path), "--lang", language]) == 1
    said = capsys.readouterr().out
    first, second, *rest = said.splitlines()
    assert first == {"fr": "ANOMALIES : 2", "en": "FAULTS: 2"}[language]
    assert re.fullmatch(r"  lines\.jsonl: .+ \[line_state\]", second)
    assert {"fr": "Parcouru :", "en": "Gone through:"}[language] in rest
    assert {"fr": "Contrôlé", "en": "Checked"}[language] not in said
    assert {"fr": "Ne vous fiez pas", "en": "Don't rely"}[language] in said


def test_ten_thousand_faults_are_counted_and_not_all_told(
    parts: Parts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.contents["events.jsonl"] = b"x\n" * 10_000
    parts.mend()
    assert verify_pack.main([str(parts.zipped(tmp_path / "pack.zip")), "--lang", "en"]) == 1
    said = capsys.readouterr().out
    assert said.count(" [malformed]\n") == verify_pack.MOST_FAULTS
    assert "more." in said


def test_every_sentence_is_there_in_both_languages_and_told_somewhere() -> None:
    source = VERIFIER.read_text()
    for code, (french, english) in verify_pack.TEXTS.items():
        assert set(re.findall(r"{\w+}", french)) == set(re.findall(r"{\w+}", english)), code
        assert french != english
        assert source.count(f'"{code}"') > 1 or code.startswith("count "), code
