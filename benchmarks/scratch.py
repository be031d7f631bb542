"""What every benchmark begins and ends with: a fresh database of its own, and a line that says the ratio."""

import os
from contextlib import suppress

DATABASE = "fundadmin_bench"


def set_up_database() -> None:
    """Set Django up on an empty, migrated database of the embedded server, as the application's role."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "fundadmin.settings",
        "ENV_FILE": os.devnull,
        "DEBUG": "false",  # or Django keeps every statement
        "SECRET_KEY": "only for the benchmarks",
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": f"embedded:///{DATABASE}",
    }
    import django
    from django.core.management import call_command

    from fundadmin.database_roles import recreate_database
    from fundadmin.embedded_postgres import Server

    django.setup()
    Server().ensure_running()
    recreate_database(DATABASE)
    call_command("migrate", verbosity=0)


def drop_database() -> None:
    """Remove the scratch database, unless somebody else is using it by now."""
    import psycopg
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    owner = settings.DATABASE_OWNER
    assert owner is not None
    with (
        psycopg.connect(host=owner["HOST"], port=owner["PORT"], user=owner["USER"], dbname="postgres") as session,
        suppress(psycopg.errors.ObjectInUse),
    ):
        session.autocommit = True
        session.execute(f"DROP DATABASE IF EXISTS {DATABASE}")


def report(name: str, ratio: float, ours: str, reference: str, *, at_least: float = 0, at_most: float = 0) -> None:
    """Print `name: ratio (ours, reference)` and whether the goal is met. Give one of `at_least` and `at_most`."""
    print(f"{name}: {ratio:.2f} (ours {ours}, reference {reference})")
    goal, met = (f">= {at_least}", ratio >= at_least) if at_least else (f"<= {at_most}", ratio <= at_most)
    print(f"    goal {goal} {'met' if met else 'missed'}")
