"""`export_ledger`: what it writes, what it prints, and how it ends."""

import json
import os
import stat
import zipfile
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from grants import ledger
from grants.enums import Reading
from grants.exceptions import Breach, RuleRefused
from grants.exports.kinds import Told, Wanted, Written
from grants.models import ReadLog
from tests.factories import World, open_fund
from tests.grants.exports.kinds import registered, two_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return open_fund()


def run(world: World, output: Path, *arguments: str, kind: str = "ledger-csv") -> str:
    out = StringIO()
    with translation.override("en"):
        call_command(
            "export_ledger", world.fund.code, "--format", kind, "--output", str(output), *arguments, stdout=out
        )
    return out.getvalue()


def test_into_a_folder_with_its_manifest(world: World, tmp_path: Path) -> None:
    text = run(world, tmp_path, "--as-at", "2020-05-31", "--option", "separator=comma")
    path = tmp_path / f"{world.fund.code}-journal-2020-05-31.csv"
    manifest = tmp_path / f"{path.name}.manifest.json"
    assert sorted(tmp_path.iterdir()) == [path, manifest], "nothing half-written is left"
    digest = sha256(path.read_bytes()).hexdigest()
    told = json.loads(manifest.read_text())
    assert told["files"] == [{"name": path.name, "size": path.stat().st_size, "sha256": digest}]
    assert told["options"]["separator"] == "comma"
    for line in (f"Written: {path}", "Rows: 1", f"SHA-256: {digest}", ledger.head(world.fund.pk).digest):
        assert line in text
    assert "€40,000.00" in text
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(manifest.stat().st_mode) == 0o600
    assert ReadLog.objects.get(what=Reading.EXPORT).filter_text.startswith("ledger-csv as_at=2020-05-31 bom=yes")


def test_into_a_file_and_not_over_another(world: World, tmp_path: Path) -> None:
    path = tmp_path / "journal.csv"
    path.write_text("somebody's")
    with pytest.raises(CommandError, match=r"journal\.csv is there already"):
        run(world, path)
    assert path.read_text() == "somebody's"
    assert [found.name for found in tmp_path.iterdir()] == ["journal.csv"]
    assert not ReadLog.objects.exists()
    run(world, path, "--overwrite")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfNum")


def test_a_device_is_not_replaced(world: World, tmp_path: Path) -> None:
    path = tmp_path / "null"
    os.mkfifo(path)
    with pytest.raises(CommandError, match="no ordinary file"):
        run(world, path, "--overwrite")
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_several_files_are_a_zip(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, two_files)
    with pytest.raises(CommandError, match=r"\.zip"):
        run(world, tmp_path / "export.csv", kind="essai")
    run(world, tmp_path / "export", kind="essai")
    run(world, tmp_path / "export.zip", kind="essai")
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        assert archive.namelist() == ["a.csv", "b.csv", "manifest.json"]


def test_a_refusal_says_every_reason(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(wanted: Wanted, folder: Path, told: Told) -> Written:
        (folder / "half.csv").write_text("half")
        raise RuleRefused([Breach("one", "Reason one."), Breach("two", "Reason two.")])

    registered(monkeypatch, refuse)
    with pytest.raises(CommandError, match=r"Reason one\.\nReason two\."):
        run(world, tmp_path, kind="essai")
    with pytest.raises(CommandError, match=r"comes before.*\n.*no option"):
        run(world, tmp_path, "--since", "2020-06-02", "--until", "2020-06-01", "--option", "size=1")
    assert list(tmp_path.iterdir()) == []


def test_what_can_t_be_read_or_written_says_so(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="separator=comma"):
        run(world, tmp_path, "--option", "separator")
    with pytest.raises(CommandError, match="can't be written"):
        run(world, tmp_path / "nowhere" / "journal.csv")
    with pytest.raises(CommandError, match="invalid choice"):
        run(world, tmp_path, kind="nothing")
