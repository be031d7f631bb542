"""Two database roles: the owner makes the tables, the application connects as a role that owns nothing.

A model narrows what the application may do to its table with a class attribute, which replaces the default:

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "UPDATE (closed_until)")

`migrate` applies them every time, so the database always says what the code says.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from psycopg import sql

READ_WRITE = ("SELECT", "INSERT", "UPDATE", "DELETE")
CREDENTIALS = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
NO_OWNER = "DATABASE_OWNER_URL is required to create or empty tables: name the role that owns them."

_swapped = threading.RLock()


@contextmanager
def as_owner() -> Iterator[None]:
    """Connect as the owner of the tables. Every thread does, so this is for management commands, not for requests.

    Raises ImproperlyConfigured if no owner is configured.
    """
    owner = settings.DATABASE_OWNER
    if owner is None:
        raise ImproperlyConfigured(NO_OWNER)
    with _swapped:
        credentials = connection.settings_dict
        before = {key: credentials[key] for key in CREDENTIALS}
        if before["USER"] == owner["USER"]:
            yield
            return
        connection.close()
        credentials.update({key: owner[key] for key in CREDENTIALS})
        try:
            yield
        finally:
            connection.close()
            credentials.update(before)


def grant_privileges(**_signal: Any) -> None:
    """Give the application's role what the models say and nothing else. Runs as the owner; idempotent."""
    app, database = sql.Identifier(settings.DATABASE_APP_ROLE), sql.Identifier(connection.settings_dict["NAME"])
    # TEMP too: a temporary table of the same name would hide the real one from a trigger's queries.
    statements = [
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
        sql.SQL("REVOKE ALL ON DATABASE {} FROM {}").format(database, app),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, app),
        sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
        sql.SQL("REVOKE ALL ON SCHEMA public FROM {}").format(app),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app),
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(app),
        sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}").format(app),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(app),
    ]
    for table, privileges in table_privileges().items():
        if privileges:
            words = sql.SQL(", ").join(sql.SQL(privilege) for privilege in privileges)
            statements.append(sql.SQL("GRANT {} ON {} TO {}").format(words, sql.Identifier("public", table), app))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL(";\n").join(statements).as_string(cursor.connection))


def table_privileges() -> dict[str, tuple[str, ...]]:
    """What the application's role may do, for each table in the database.

    Partitions aren't listed: they are reached through their parent only.
    """
    from pghistory.models import Event

    declared: dict[str, tuple[str, ...]] = {"django_migrations": ("SELECT",)}
    for model in apps.get_models(include_auto_created=True):
        if hasattr(model, "app_privileges"):
            declared[model._meta.db_table] = model.app_privileges
        elif issubclass(model, Event):
            declared[model._meta.db_table] = ("SELECT", "INSERT")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p', 'v') AND NOT relispartition ORDER BY relname"
        )
        return {table: declared.get(table, READ_WRITE) for (table,) in cursor.fetchall()}


def recreate_database(name: str) -> None:
    """Drop the database, even if others are connected to it, and create it empty, owned by the owner.

    Whoever calls this has made sure that the database may go. Raises ImproperlyConfigured if no owner is configured,
    psycopg.Error if the owner may not create databases.
    """
    connection.close()
    with owner_session() as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def database_exists(name: str) -> bool:
    """Raises ImproperlyConfigured if no owner is configured."""
    with owner_session() as session:
        return session.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def owner_session() -> psycopg.Connection:
    """The owner's connection to the server itself, whatever its databases are, in autocommit."""
    owner = settings.DATABASE_OWNER
    if owner is None:
        raise ImproperlyConfigured(NO_OWNER)
    return psycopg.connect(
        host=owner["HOST"],
        port=owner["PORT"],
        user=owner["USER"],
        password=owner["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
        **owner["OPTIONS"],
    )
