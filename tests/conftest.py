"""The harness. Tests connect as the application's role, which can't alter the ledger; the owner makes the database.

- Each run has databases of its own (one per xdist worker), so people may test at once in the same tree.
- `on_commit` callbacks run when the outermost transaction of the code under test ends, as in production.
- `owner_cursor`, `superuser_cursor` and `connect_as_app` give connections of their own, outside the test's transaction;
  use them with `@pytest.mark.django_db(transaction=True)`.
- `database_environment` lets a child process (a kill test, a command) use the test's database.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.transaction import Atomic
from django.test import TransactionTestCase
from django.utils import translation
from psycopg import sql

from fundadmin.database_roles import as_owner, grant_privileges, recreate_database
from fundadmin.embedded_postgres import PROJECT, TEST_CLUSTER, create_roles
from tests.browser import chromium
from tests.server import forget_static_files
from tests.settings import (
    SUPERUSER_URL,
    TEST_APP_ROLE,
    TEST_DATABASE_URL,
    TEST_OWNER_ROLE,
    TEST_PASSWORD,
    role_url,
)

DATABASE_PREFIX = "test_fundadmin_"
STALE_AFTER_SECONDS = 3 * 3600


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        # Workers inherit the name; the time in it lets a later run drop what a killed run left.
        os.environ["FUNDADMIN_TEST_RUN"] = f"{int(time.time())}_{os.getpid()}"


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        forget_static_files()


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark what needs a database, so that `-m postgres` runs it against another version; and put them in order."""
    # A worker that began a long one last would have the others wait for it.
    items.sort(key=lambda item: not is_marked(item, "slow"))
    for item in items:
        uses_fixture = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
        if uses_fixture or is_marked(item, "django_db"):
            item.add_marker(pytest.mark.postgres)
    yield
    # What these are the first to import or to put into a cache would never be seen again. The browser takes longest.
    items.sort(key=lambda item: (not is_measured(item), "browser" not in item.path.parts, not is_marked(item, "sweep")))


def is_marked(item: pytest.Item, name: str) -> bool:
    return item.get_closest_marker(name) is not None


def is_measured(item: pytest.Item) -> bool:
    """Whether what a test passes through counts as covered.

    A sweep passes through everything and tests one thing. Races, floods and properties pass where other tests were, a
    thousand times, and being watched makes them half as slow again.
    """
    return is_marked(item, "measured") or not (is_marked(item, "sweep") or is_marked(item, "slow"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[Any]:
    coverage = item.config.pluginmanager.getplugin("_cov")
    controller = coverage.cov_controller if coverage and not is_measured(item) else None
    if controller:
        controller.pause()
    try:
        return (yield)
    finally:
        if controller:
            controller.resume()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if chromium.find() is None:
        terminalreporter.write_line(chromium.MISSING, red=True, bold=True)


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Make this worker's database as the owner, migrated, and point Django at it as the application's role."""
    name = f"{DATABASE_PREFIX}{os.environ['FUNDADMIN_TEST_RUN']}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    if not TEST_DATABASE_URL:
        TEST_CLUSTER.ensure_running()
    with psycopg.connect(SUPERUSER_URL, autocommit=True) as session:
        create_roles(session, TEST_OWNER_ROLE, TEST_APP_ROLE, TEST_PASSWORD or None)
        with django_db_blocker.unblock():
            make_database(session, name)
            reference_rows = copy_all_rows(name)
    restore: Callable[..., None] = lambda *_: restore_all_rows(name, reference_rows)  # noqa: E731
    with pytest.MonkeyPatch.context() as patch:
        # Instead of TRUNCATE: append-only tables refuse it, and rows made by migrations must stay.
        patch.setattr(TransactionTestCase, "_fixture_teardown", restore)
        yield
    with django_db_blocker.unblock():
        connections.close_all()
    with psycopg.connect(SUPERUSER_URL, autocommit=True) as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def make_database(session: psycopg.Connection, name: str) -> None:
    """A copy of a migrated database, which the first run after a change of the migrations makes; `session` is idle.

    Django's connection goes to it from then on.
    """
    sources = [*PROJECT.glob("*/migrations/*.py"), PROJECT / "requirements.txt", PROJECT / "fundadmin" / "apps.py"]
    digest = sha256(b"".join(path.read_bytes() for path in sorted(sources)))
    suffix = f"_migrated_{digest.hexdigest()[:12]}"
    find = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND right(datname, length(%s)) = %s"
    # The other workers wait for the one that makes it.
    session.execute("SELECT pg_advisory_lock(hashtext('fundadmin migrated'))")
    drop_stale_databases(session)
    found = session.execute(find, [DATABASE_PREFIX, suffix, suffix]).fetchone()
    settings_dict = connection.settings_dict
    if found is None:
        settings_dict["NAME"] = f"{name}_unfinished"
        recreate_database(settings_dict["NAME"])
        call_command("migrate", verbosity=0)
        connection.close()
        # Only a complete one has the name that is looked for.
        found = (f"{DATABASE_PREFIX}{int(time.time())}{suffix}",)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        session.execute(rename.format(sql.Identifier(settings_dict["NAME"]), sql.Identifier(found[0])))
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
    session.execute(copy.format(*map(sql.Identifier, (name, found[0], TEST_OWNER_ROLE))))
    session.execute("SELECT pg_advisory_unlock(hashtext('fundadmin migrated'))")
    settings_dict["NAME"] = name
    with as_owner():
        # A copy doesn't keep what is granted on the database itself, and the models may have changed their privileges.
        grant_privileges()


def drop_stale_databases(session: psycopg.Connection) -> None:
    found = session.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [DATABASE_PREFIX])
    for (name,) in found.fetchall():
        if time.time() - int(name.removeprefix(DATABASE_PREFIX).split("_")[0]) > STALE_AFTER_SECONDS:
            session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def superuser_connection(name: str) -> psycopg.Connection:
    return psycopg.connect(SUPERUSER_URL, dbname=name, autocommit=True)


def copy_all_rows(name: str) -> dict[str, bytes]:
    """The rows that migrations made, by table, in COPY's format."""
    rows = {}
    with superuser_connection(name) as session:
        for table in non_empty_tables(session):
            with session.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
                rows[table] = b"".join(bytes(block) for block in copy)
    return rows


def restore_all_rows(name: str, rows: dict[str, bytes]) -> None:
    """Empty every table and put back the rows that migrations made."""
    connections.close_all()
    with superuser_connection(name) as session, session.transaction():
        # Neither triggers nor foreign keys.
        session.execute("SET LOCAL session_replication_role = replica")
        for table in non_empty_tables(session):
            session.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        for table, content in rows.items():
            with session.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                copy.write(content)


def non_empty_tables(session: psycopg.Connection) -> list[str]:
    tables = session.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
    ).fetchall()
    checks = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(table), sql.Identifier(table))
        for (table,) in tables
    ]
    return [table for (table,) in session.execute(sql.SQL(" UNION ALL ").join(checks)).fetchall()]


@pytest.fixture(autouse=True, scope="session")
def _on_commit_runs() -> Iterator[None]:
    """Django wraps a test in a transaction that never commits; run `on_commit` when the code's own one ends."""
    leave = Atomic.__exit__

    def leave_and_run(self: Atomic, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        leave(self, exc_type, exc_value, traceback)
        # Any: Django's types leave out what only its own test cases use.
        current: Any = connections[self.using or "default"]
        if current.atomic_blocks and all(block._from_testcase for block in current.atomic_blocks):
            callbacks, current.run_on_commit = current.run_on_commit, []
            for _savepoints, callback, _robust in callbacks:
                callback()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Atomic, "__exit__", leave_and_run)
        yield


@pytest.fixture(autouse=True)
def _the_sites_language() -> Iterator[None]:
    """A request's language stays active after Django's test client; the next test begins in the site's own."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True, scope="session")
def _files_go_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Exports are files on the disk: those of a run are its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "MEDIA_ROOT", tmp_path_factory.mktemp("media"))
        yield


@pytest.fixture
def connect_as_app(transactional_db: None) -> Iterator[Callable[..., psycopg.Connection]]:
    """Open psycopg connections as the application's role; keywords go to `psycopg.connect`."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(psycopg.connect(_url(TEST_APP_ROLE), **options))


@pytest.fixture
def owner_cursor(transactional_db: None) -> Iterator[psycopg.Cursor]:
    """A cursor of the tables' owner, in autocommit."""
    with psycopg.connect(_url(TEST_OWNER_ROLE), autocommit=True) as session:
        yield session.cursor()


@pytest.fixture
def superuser_cursor(transactional_db: None) -> Iterator[psycopg.Cursor]:
    """A cursor of the server's superuser, in autocommit, for tampering: `SET session_replication_role = replica`."""
    with superuser_connection(connection.settings_dict["NAME"]) as session:
        yield session.cursor()


@pytest.fixture
def database_environment(transactional_db: None) -> dict[str, str]:
    """Environment variables with which a child process uses this test's database; merge them with os.environ."""
    return child_environment()


def child_environment() -> dict[str, str]:
    """The same for a fixture that outlives a test; call it once the database is made (`django_db_setup`)."""
    return {
        "DJANGO_SETTINGS_MODULE": "fundadmin.settings",
        "ENV_FILE": os.devnull,
        "DEBUG": "true",
        "SECRET_KEY": str(settings.SECRET_KEY),
        "DATABASE_URL": _url(TEST_APP_ROLE),
        "DATABASE_OWNER_URL": _url(TEST_OWNER_ROLE),
    }


def _url(role: str) -> str:
    return role_url(role, connection.settings_dict["NAME"])
