"""The application's role may read and write, and no more."""

import pytest
from django.contrib.auth import get_user_model
from django.db import ProgrammingError, connection, transaction


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE other (id int)",
        "CREATE TEMPORARY TABLE other (id int)",
        "TRUNCATE fundadmin_user CASCADE",
        "ALTER TABLE fundadmin_user ADD other int",
        "DROP TABLE fundadmin_user CASCADE",
        "UPDATE django_migrations SET name = name",
    ],
)
def test_application_role_is_refused(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", [1, 2])
def test_transactional_tests_leave_only_what_migrations_made(attempt: int) -> None:
    users = get_user_model().objects
    assert users.get().is_system
    users.create_user("a@example.org", full_name="A")


@pytest.mark.django_db
def test_on_commit_callbacks_run_when_the_outer_transaction_of_the_code_ends() -> None:
    ran: list[str] = []
    with transaction.atomic():
        with transaction.atomic():
            transaction.on_commit(lambda: ran.append("inner"))
        assert ran == []
    assert ran == ["inner"]
