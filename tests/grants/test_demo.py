"""`manage.py demo`: which databases it replaces, and that it tells the same thing each time."""

import json
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from fundadmin.accounts import demo, second_factor
from fundadmin.database_roles import as_owner, recreate_database
from fundadmin.models import User
from grants.demo.people import DOMAIN
from grants.management.commands.demo import check_replaceable
from grants.models import Application
from tests import factories
from tests.conftest import DATABASE_PREFIX
from tests.settings import SUPERUSER_URL

OTHER = "quelqu-un@exemple"
KEYS = [
    *("premises", "closed_tenants", "applications", "by_state", "endowed_cents", "granted_cents", "credited_cents"),
    *("reversed_cents", "ledger_entries", "faults", "stuck"),
]


@pytest.fixture
def demo_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """Point Django at a database that doesn't exist yet: the command makes, and drops, whole databases."""
    usual = connection.settings_dict["NAME"]
    name = f"{DATABASE_PREFIX}{os.environ['FUNDADMIN_TEST_RUN']}_demo_{os.getpid()}"
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["NAME"] = name
        yield name
        connection.close()
        connection.settings_dict["NAME"] = usual
    with psycopg.connect(SUPERUSER_URL, autocommit=True) as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def development(settings: LazySettings, tmp_path: Path) -> Path:
    """DEBUG on, documents in a folder of the test's own."""
    settings.DEBUG = True
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path


def run_demo(folder: Path) -> tuple[str, dict[str, Any]]:
    """What the command prints, and the figures it writes."""
    out = StringIO()
    call_command("demo", into=folder, stdout=out)
    return out.getvalue(), json.loads((folder / "summary.json").read_text())


@pytest.mark.slow
@pytest.mark.measured
@pytest.mark.postgres
def test_running_twice_tells_the_same_and_leaves_no_file_behind(demo_database: str, development: Path) -> None:
    printed, figures = run_demo(development / "first")
    documents = sorted((development / "media").rglob("*.bin"))

    assert list(figures) == KEYS
    assert (figures["premises"], figures["closed_tenants"]) == (133, 48)
    assert figures["credited_cents"] > 45_000_00
    assert (figures["faults"], figures["stuck"]) == (0, 0)
    assert "47\u202f879,35\u00a0€" in printed
    assert f"sophie.lefevre@cma.{DOMAIN}" in printed
    assert "Hypothèse" in printed
    obliged = {person for person in User.objects.filter(is_system=False) if second_factor.is_required(person)}
    assert len(obliged) == 9
    assert {person for person in obliged if demo.current_code(person)} == obliged

    printed_again, figures_again = run_demo(development / "second")

    assert figures_again == figures
    assert printed_again == printed.replace(str(development / "first"), str(development / "second"))
    assert len(list((development / "media").rglob("*.bin"))) == len(documents)

    # Anybody's own account makes it a database to keep.
    User.objects.create_user(OTHER)
    with pytest.raises(CommandError, match=OTHER):
        run_demo(development / "third")
    assert Application.objects.exists()


def test_without_debug_nothing_is_touched(settings: LazySettings) -> None:
    settings.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG"):
        call_command("demo")


@pytest.mark.django_db
def test_a_database_with_a_real_fund_is_kept() -> None:
    world = factories.open_fund()

    with pytest.raises(CommandError, match=world.fund.code):
        check_replaceable(connection.settings_dict["NAME"])


@pytest.mark.django_db
def test_an_address_that_only_ends_alike_is_no_demo_account() -> None:
    User.objects.create_user(f"someone@un{DOMAIN}")

    with pytest.raises(CommandError, match=f"someone@un{DOMAIN}"):
        check_replaceable(connection.settings_dict["NAME"])


@pytest.mark.django_db
def test_a_migrated_database_without_anything_may_be_replaced() -> None:
    check_replaceable(connection.settings_dict["NAME"])


@pytest.mark.postgres
def test_another_application_s_database_is_kept(demo_database: str) -> None:
    recreate_database(demo_database)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE somebody_elses (id int)")

    with pytest.raises(CommandError, match=demo_database):
        check_replaceable(demo_database)
