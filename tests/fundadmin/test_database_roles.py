"""The application's role may do what the models say and nothing else."""

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from procrastinate.contrib.django import app as background
from procrastinate.contrib.django.models import ProcrastinateJob

from fundadmin.database_roles import as_owner, grant_privileges, recreate_database, table_privileges
from fundadmin.models import User
from tests.settings import TEST_APP_ROLE, TEST_OWNER_ROLE, role_url

# Column by column where a privilege is on columns; grants to everyone (0) count too.
GRANTED = """
    SELECT relname, privilege_type
    FROM pg_class, aclexplode(relacl)
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND grantee IN (0, %(role)s::regrole)
    UNION ALL
    SELECT relname, privilege_type || ' (' || attname || ')'
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid, aclexplode(attacl)
    WHERE relnamespace = 'public'::regnamespace AND grantee IN (0, %(role)s::regrole)
"""


def role_now() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def granted() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(GRANTED, {"role": TEST_APP_ROLE})
        return set(cursor.fetchall())


def declared() -> set[tuple[str, str]]:
    return {
        (table, f"{verb} ({column})" if column else verb)
        for table, privileges in table_privileges().items()
        for verb, columns in (privilege.rstrip(")").partition(" (")[::2] for privilege in privileges)
        for column in columns.split(", ")
    }


@pytest.mark.django_db
def test_the_database_grants_exactly_what_the_models_declare() -> None:
    assert granted() == declared()
    assert ("django_migrations", "SELECT") in granted()
    assert ("django_migrations", "INSERT") not in granted()
    assert ("fundadmin_user", "DELETE") in granted()


@pytest.mark.django_db(transaction=True)
def test_migrating_takes_back_what_was_granted_beside_the_models(owner_cursor: psycopg.Cursor) -> None:
    for privilege in ("TRUNCATE", "UPDATE (name)"):
        owner_cursor.execute(f"GRANT {privilege} ON django_migrations TO {TEST_APP_ROLE}")
    assert granted() - declared() == {("django_migrations", "TRUNCATE"), ("django_migrations", "UPDATE (name)")}
    with as_owner():
        grant_privileges()
    assert granted() == declared()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE other (id int)",
        "CREATE TEMPORARY TABLE other (id int)",
        "TRUNCATE fundadmin_user CASCADE",
        "ALTER TABLE fundadmin_user ADD other int",
        "ALTER TABLE fundadmin_user DISABLE TRIGGER ALL",
        "DROP TABLE fundadmin_user CASCADE",
        "UPDATE django_migrations SET name = name",
        "UPDATE grants_readlog SET what = what",
        "UPDATE grants_quarantinedfile SET found = found",
        "DELETE FROM grants_event",
        "UPDATE grants_eventdetail SET salt = salt",
        "DELETE FROM grants_ledgerentry",
        "UPDATE grants_ledgerentry SET amount_cents = amount_cents",
        "SET session_replication_role = replica",
        f"SET ROLE {TEST_OWNER_ROLE}",
    ],
)
def test_the_application_is_refused(statement: str) -> None:
    refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_as_owner_holds_inside_only_and_may_be_nested() -> None:
    with as_owner(), as_owner():
        assert role_now() == TEST_OWNER_ROLE
    assert role_now() == TEST_APP_ROLE
    with pytest.raises(ZeroDivisionError), as_owner():
        _ = 1 / 0
    assert role_now() == TEST_APP_ROLE


def test_without_an_owner_the_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATABASE_OWNER", None)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_OWNER_URL"), as_owner():
        pass
    with pytest.raises(ImproperlyConfigured, match="DATABASE_OWNER_URL"):
        recreate_database("test_never_made")


@pytest.mark.django_db(transaction=True)
def test_flush_empties_the_tables_and_keeps_the_system_account_and_the_privileges() -> None:
    User.objects.create_user("a@example.org", full_name="A")
    call_command("flush", interactive=False, verbosity=0)
    assert User.objects.get().is_system
    assert granted() == declared()


@pytest.mark.django_db(transaction=True)
def test_a_database_is_made_anew_even_while_someone_uses_it(owner_cursor: psycopg.Cursor) -> None:
    name = f"{connection.settings_dict['NAME']}_again"
    recreate_database(name)
    try:
        in_use = psycopg.connect(role_url(TEST_APP_ROLE, name))
        recreate_database(name)
        with pytest.raises(psycopg.OperationalError):
            in_use.execute("SELECT 1")
        in_use.close()
    finally:
        owner_cursor.execute(f"DROP DATABASE {name}")


@pytest.mark.django_db(transaction=True)
def test_background_jobs_are_deferred_by_the_application() -> None:
    """In the transaction that causes them. A real worker runs them in tests/grants/test_tasks.py."""

    @background.task(name="tests.note")
    def note(number: int) -> None: ...

    with transaction.atomic():
        note.defer(number=1)
    with transaction.atomic():
        note.defer(number=2)
        transaction.set_rollback(True)
    jobs = ProcrastinateJob.objects.filter(task_name="tests.note")
    assert [job.args for job in jobs] == [{"number": 1}]
