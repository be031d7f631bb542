#!/usr/bin/env python
"""Django's command line; it starts the embedded PostgreSQL for the commands that need a database."""

import os
import sys
from collections.abc import Callable

# These run without a database; `database` manages the embedded server itself.
NO_DATABASE = {
    *("help", "version", "check", "database", "diffsettings", "findstatic", "collectstatic"),
    *("makemessages", "compilemessages", "startapp", "startproject"),
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundadmin.settings")
    from django.core.management import execute_from_command_line

    stop_if_misconfigured()
    if needs_database(sys.argv[1:]):
        start_embedded_server()
    run(execute_from_command_line)


def needs_database(arguments: list[str]) -> bool:
    if not arguments or {"-h", "--help", "--version"} & set(arguments):
        return False
    if arguments[0] == "check":
        return "--database" in arguments
    return not arguments[0].startswith("-") and arguments[0] not in NO_DATABASE


def stop_if_misconfigured() -> None:
    """One sentence rather than a traceback."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        _ = settings.INSTALLED_APPS
    except ImproperlyConfigured as error:
        sys.exit(f"fundadmin is not configured: {error}")


def run(execute: Callable[[list[str]], None]) -> None:
    """Run the command; a database that can't be reached is one sentence too."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    try:
        execute(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"fundadmin is not configured: {error}")
    except OperationalError as error:
        # Only a failure to connect has no SQLSTATE.
        if getattr(error.__cause__, "sqlstate", "") is not None:
            raise
        sys.exit(f"The database can't be reached: {error}")


def start_embedded_server() -> None:
    from django.conf import settings

    from fundadmin.embedded_postgres import Server
    from fundadmin.postgres_programs import ServerError

    try:
        if settings.DATABASE_IS_EMBEDDED and Server().ensure_running():
            sys.stderr.write("PostgreSQL started; it keeps running until `manage.py database stop`.\n")
    except ServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
