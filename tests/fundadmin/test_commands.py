"""`manage.py` in a copy of the project: it starts the server when one is needed, and stops it when told."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fundadmin.embedded_postgres import PROJECT, Server

pytestmark = pytest.mark.slow


@pytest.fixture
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    copy = tmp_path_factory.mktemp("a copy") / "fund admin"
    for name in ("fundadmin", "grants", "landlords", "templates"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "manage.py", copy)
    yield copy
    Server(var=copy / "var").delete()


def manage(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    keep = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    command = [sys.executable, "manage.py", *arguments]
    environment = keep | {"DEBUG": "true", "DATABASE_URL": "embedded://"}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=True)


def test_a_command_starts_the_server_and_database_stop_stops_it(copy: Path) -> None:
    assert "postgres: not running" in manage(copy, "database", "status").stdout
    started = "PostgreSQL started; it keeps running until `manage.py database stop`.\n"
    assert manage(copy, "showmigrations").stderr == started
    assert manage(copy, "showmigrations").stderr == ""
    assert "postgres: running" in manage(copy, "database", "status").stdout
    assert manage(copy, "database", "stop").stdout == "Stopped: postgres.\n"
    assert manage(copy, "database", "stop").stdout == "Wasn't running.\n"
    assert manage(copy, "database", "start").stdout.startswith("Started")
    assert manage(copy, "database", "start").stdout == "Runs already.\n"


def test_the_models_have_no_change_that_no_migration_makes(copy: Path) -> None:
    assert manage(copy, "makemigrations", "--check", "--dry-run").stdout == "No changes detected\n"
