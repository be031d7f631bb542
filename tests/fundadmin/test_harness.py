"""The harness itself: what tests rely on without saying so."""

import os
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection, transaction
from django.template import Context, Template
from pytest_socket import SocketConnectBlockedError

from fundadmin.embedded_postgres import PROJECT
from fundadmin.models import User
from tests.settings import TEST_APP_ROLE, TEST_OWNER_ROLE


def current_user() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_every_thread_is_the_application() -> None:
    seen: list[str] = []

    def look() -> None:
        seen.append(current_user())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert [current_user(), *seen] == [TEST_APP_ROLE] * 2


def test_nothing_talks_to_the_outside() -> None:
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("203.0.113.1", 80), timeout=1)


def test_an_undefined_template_variable_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match="Undefined template variable 'nothing'"):
        Template("{{ nothing }}").render(Context())


def test_a_warning_is_an_error() -> None:
    with pytest.raises(UserWarning, match="careful"):
        warnings.warn("careful", stacklevel=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", [1, 2])
def test_a_transactional_test_leaves_only_what_migrations_made(attempt: int) -> None:
    assert User.objects.get().is_system
    User.objects.create_user("a@example.org", full_name="A")


@pytest.mark.django_db
def test_on_commit_runs_when_the_outer_transaction_of_the_code_ends() -> None:
    ran: list[str] = []
    with transaction.atomic():
        with transaction.atomic():
            transaction.on_commit(lambda: ran.append("inner"))
        assert ran == []
    assert ran == ["inner"]
    with transaction.atomic():
        transaction.on_commit(lambda: ran.append("rolled back"))
        transaction.set_rollback(True)
    assert ran == ["inner"]


@pytest.mark.django_db(transaction=True)
def test_raw_connections_are_the_applications(connect_as_app: Callable[..., psycopg.Connection]) -> None:
    one, other = connect_as_app(autocommit=True), connect_as_app()
    assert one.info.user == other.info.user == TEST_APP_ROLE
    assert one.info.backend_pid != other.info.backend_pid


@pytest.mark.django_db(transaction=True)
def test_the_superuser_may_tamper(superuser_cursor: psycopg.Cursor, owner_cursor: psycopg.Cursor) -> None:
    superuser_cursor.execute("SET session_replication_role = replica")
    superuser_cursor.execute("UPDATE fundadmin_user SET full_name = 'changed' WHERE is_system")
    assert User.objects.system().full_name == "changed"
    assert owner_cursor.connection.info.user == TEST_OWNER_ROLE


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_child_process_uses_the_tests_database(database_environment: dict[str, str]) -> None:
    User.objects.create_user("seen@example.org", full_name="Seen")
    code = (
        "import django; django.setup(); from fundadmin.models import User; "
        "print(User.objects.get(email='seen@example.org').full_name)"
    )
    printed = subprocess.check_output(
        [sys.executable, "-c", code], cwd=PROJECT, env=os.environ | database_environment, text=True
    )
    assert printed.strip() == "Seen"
