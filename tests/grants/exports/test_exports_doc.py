"""docs/exports.md names every kind of export, with its options and days; and its neighbours are found from README."""

import re
from typing import Final

import pytest

from fundadmin.embedded_postgres import PROJECT
from grants.exports.every import EXPORTS

ROW: Final = re.compile(r"^\| (?P<codes>`[^|]+`) \| [^|]+ \| (?P<asked>[^|]*) \|$", re.MULTILINE)
DOC: Final = (PROJECT / "docs" / "exports.md").read_text(encoding="utf-8")
TABLE: Final = DOC.split("## Every kind")[1].split("\n## ")[0]
ASKED: Final = {code: row["asked"] for row in ROW.finditer(TABLE) for code in re.findall(r"`(.+?)`", row["codes"])}


def test_every_kind_is_listed_once_and_no_other() -> None:
    assert sorted(re.findall(r"`(.+?)`", " ".join(row["codes"] for row in ROW.finditer(TABLE)))) == sorted(EXPORTS)
    assert set(ASKED) == set(EXPORTS)


@pytest.mark.parametrize("code", EXPORTS)
def test_its_options_and_days_are_told(code: str) -> None:
    """Where the table leads to a section of this page, the section tells the options."""
    kind = EXPORTS[code]
    if "see there" not in ASKED[code]:
        assert set(re.findall(r"`(.+?)`", ASKED[code])) == {option.name for option in kind.options}
    assert {day for day in ("since", "until", "as at") if day in ASKED[code]} == {
        day.replace("_", " ") for day in kind.dates
    }


@pytest.mark.parametrize("name", ["exports.md", "reconciliation.md", "auditor_pack.md"])
def test_readme_leads_there(name: str) -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert f"[docs/{name}](docs/{name})" in readme
    assert (PROJECT / "docs" / name).is_file()


def test_readme_has_the_walks_of_the_accountant_and_of_the_auditor() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert all(words in readme for words in ("Bordereau d’imputation", "écart 0,00 €", "python3 -I verify_pack.py"))
