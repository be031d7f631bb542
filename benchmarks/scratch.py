"""What every benchmark begins and ends with: a fresh database of its own, and a line that says the ratio."""

import atexit
import os

# Of this run alone: two people may measure at once.
DATABASE = f"fundadmin_bench_{os.getpid()}"


def set_up_database() -> None:
    """Set Django up on an empty, migrated database of the embedded server, as the application's role.

    It is dropped at the end.
    """
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
    atexit.register(drop_database)
    call_command("migrate", verbosity=0)


def server_environment(database: str = DATABASE) -> dict[str, str]:
    """With this `tests.server.running_server` serves the database, and the reference view beside the application."""
    from tests.server import forget_static_files

    os.environ["FUNDADMIN_TEST_RUN"] = DATABASE  # names the folder of the static files it collects
    atexit.register(forget_static_files)
    names = ("ENV_FILE", "SECRET_KEY")
    return {name: os.environ[name] for name in names} | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.server_settings",
        "DATABASE_URL": f"embedded:///{database}",
    }


def copy_database(suffix: str) -> str:
    """A copy of the database as it is now; its name. It is dropped at the end too."""
    from django.db import connections

    from fundadmin.database_roles import owner_session

    name = f"{DATABASE}_{suffix}"
    connections.close_all()
    with owner_session() as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE {DATABASE}")
    atexit.register(drop_database, name)
    return name


def use_database(name: str) -> None:
    """Go on in another database."""
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    owner = settings.DATABASE_OWNER
    assert owner is not None
    for database in (settings.DATABASES["default"], owner, connections["default"].settings_dict):
        database["NAME"] = name


def drop_database(name: str = DATABASE) -> None:
    from django.db import connections

    from fundadmin.database_roles import owner_session

    connections.close_all()
    with owner_session() as session:
        session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def report(name: str, ratio: float, ours: str, reference: str, *, at_least: float = 0, at_most: float = 0) -> None:
    """Print `name: ratio (ours, reference)` and whether the goal is met. Give one of `at_least` and `at_most`."""
    print(f"{name}: {ratio:.2f} (ours {ours}, reference {reference})")
    goal, met = (f">= {at_least}", ratio >= at_least) if at_least else (f"<= {at_most}", ratio <= at_most)
    print(f"    goal {goal} {'met' if met else 'missed'}")
