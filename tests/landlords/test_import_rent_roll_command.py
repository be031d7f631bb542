from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from landlords.models import Lease, RentCall
from landlords.rent_roll.messages import MESSAGES
from tests.factories_landlords import landlord, lease, valid_siren
from tests.landlords.rolls import csv_file, rows_of, xlsx_file

pytestmark = pytest.mark.django_db


def run(*arguments: Any) -> tuple[str, str]:
    """Return what the command prints on standard output and error."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_rent_roll", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def run_refused(*arguments: Any) -> tuple[str, CommandError]:
    out = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import_rent_roll", *map(str, arguments), stdout=out, stderr=io.StringIO())
    return out.getvalue(), refused.value


def test_import_reports_in_words_and_shows_its_progress(tmp_path: Path) -> None:
    owner = landlord()
    spaced = f"{owner.siren[:3]} {owner.siren[3:6]} {owner.siren[6:]}"
    out, err = run(csv_file(tmp_path, {}, {"Réf. bail": "B2", "Effectif": "-"}), "--landlord", spaced)
    assert out.splitlines() == ["2 lines: 2 created, 0 updated, 0 unchanged."]
    assert err == "\r2 lines read\n"
    assert Lease.objects.count() == 2
    out, _ = run(csv_file(tmp_path, {"Réf. bail": "B3", "SIRET": ""}), "--landlord", owner.siren, "--dry-run")
    assert out.splitlines() == [
        "Warnings (1)",
        "  line 2, SIRET: The SIRET is missing: the tenant is to be completed. Needed before filing.",
        "Recorded leases that are not in this file (nothing was deleted):",
        "  B1 - Café Zoé",
        "  B2 - Café Zoé",
        "Trial run, nothing was written. 1 lines: 1 created, 0 updated, 0 unchanged.",
    ]
    assert Lease.objects.count() == 2


def test_errors_in_words(tmp_path: Path) -> None:
    path = csv_file(tmp_path, {"SIRET": "123"}, {"Loyer HT": "abc", "Période": "05/2020"})
    absent = lease()
    out, error = run_refused(path, "--landlord", absent.landlord.siren)
    assert error.returncode == 1
    assert out.splitlines() == [
        "Errors (2)",
        f"  line 2, SIRET “123”: {' '.join(map(str, MESSAGES['siret_wrong']))}",
        "  line 3, Loyer HT “abc”: This isn't an amount. Write it like 1 234,50.",
        "2 errors: nothing was written.",
    ]


def test_json_says_the_same(tmp_path: Path) -> None:
    owner = landlord()
    out, _ = run(csv_file(tmp_path, {}), "--landlord", owner.siren, "--json")
    report = json.loads(out)
    assert list(report) == [
        *("file", "dry_run", "written", "lines", "created", "updated", "unchanged", "rows", "absent_leases"),
        *("warnings", "errors", "not_shown"),
    ]
    assert (report["lines"], report["created"], report["written"], report["errors"]) == (1, 1, True, [])
    out, error = run_refused(csv_file(tmp_path, {"Effectif": "deux"}), "--landlord", owner.siren, "--json")
    assert error.returncode == 1
    (finding,) = json.loads(out)["errors"]
    assert finding == {
        "line": 2,
        "column": "Effectif",
        "value": "deux",
        "code": "number_unreadable",
        "message": "This isn't a whole number.",
        "remedy": "Write it in digits, like 3.",
    }


@pytest.mark.parametrize(
    ("file", "siren", "code"), [("none.csv", None, "file_unreadable"), ("roll.csv", "000", "landlord_unknown")]
)
def test_file_or_landlord_that_is_not_there(tmp_path: Path, file: str, siren: str | None, code: str) -> None:
    csv_file(tmp_path, {})
    out, error = run_refused(tmp_path / file, "--landlord", siren or landlord().siren, "--json")
    assert error.returncode == 1
    assert [finding["code"] for finding in json.loads(out)["errors"]] == [code]
    out, _ = run_refused(tmp_path / file, "--landlord", siren or landlord().siren)
    assert out.splitlines()[-1] == "1 error: nothing was written."


def test_months_on_the_command_line(tmp_path: Path) -> None:
    owner = landlord()
    header, line = rows_of({})
    place = header.index("Période")
    path = xlsx_file(tmp_path, *[[*row[:place], *row[place + 1 :]] for row in (header, line)])
    out, _ = run_refused(path, "--landlord", owner.siren)
    assert "--from" in out
    run(path, "--landlord", owner.siren, "--from", "2020-04", "--until", "2020-06")
    assert RentCall.objects.count() == 3
    _, error = run_refused(path, "--landlord", owner.siren, "--from", "2020-04")
    assert "--until" in str(error)
    _, error = run_refused(path, "--landlord", owner.siren, "--from", "avril", "--until", "2020-06")
    assert "“avril” isn't a month" in str(error)


def test_more_findings_than_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landlords.rent_roll.findings.SHOWN_AT_MOST", 1)
    lines = [{"Effectif": "x"}, {"Effectif": "y", "Période": "05/2020"}]
    out, _ = run_refused(csv_file(tmp_path, *lines), "--landlord", landlord().siren)
    assert "  ... and 1 more." in out.splitlines()
    assert "2 errors: nothing was written." in out.splitlines()


def test_unknown_siren_is_told_without_spaces(tmp_path: Path) -> None:
    out, _ = run_refused(csv_file(tmp_path, {}), "--landlord", " ".join(valid_siren(1)))
    assert f"  “{valid_siren(1)}”: No landlord has the SIREN {valid_siren(1)}." in out
