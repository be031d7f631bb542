"""The settings of background work, as a process reads them."""

import json
import os
import subprocess
import sys

import pytest

from fundadmin.embedded_postgres import PROJECT
from tests.fundadmin.test_settings import DEVELOPMENT, PRODUCTION


def read(environment: dict[str, str]) -> dict[str, object]:
    code = (
        "import json; from fundadmin import settings as s;"
        "print(json.dumps([s.SITE_URL, s.RETENTION, s.RETENTION_ERASES, s.EMAIL_TIMEOUT]))"
    )
    keep = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=keep | environment, capture_output=True, text=True, check=True
    )
    return dict(zip(("site", "retention", "erases", "timeout"), json.loads(done.stdout), strict=True))


def test_nothing_is_erased_and_links_lead_to_the_site_unless_told_otherwise() -> None:
    assert read(PRODUCTION) == {
        "site": "https://fonds.example.org",
        "retention": {
            "draft": [180, "days"],
            "refused": [2, "years"],
            "credited": [10, "years"],
            "sign_in_log": [1, "years"],
            "read_log": [1, "years"],
        },
        "erases": False,
        "timeout": 30,
    }
    assert read(DEVELOPMENT)["site"] == "http://localhost:8000"


@pytest.mark.parametrize(("written", "meant"), [("6 months", [6, "months"]), (" 1  month ", [1, "months"])])
def test_a_duration_is_a_number_and_a_unit(written: str, meant: list[object]) -> None:
    found = read(PRODUCTION | {"RETENTION_READ_LOG": written, "SITE_URL": "https://a.example.org/"})
    assert found["retention"] == {**dict(read(PRODUCTION)["retention"]), "read_log": meant}  # type: ignore[call-overload]
    assert found["site"] == "https://a.example.org"
