"""Runs PostgreSQL's own pg_dump and pg_restore as the owner of the tables, on whatever server the settings name."""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _
from psycopg.conninfo import make_conninfo

from fundadmin.database_roles import NO_OWNER, owner_session
from fundadmin.postgres_programs import ServerError, wheel_binaries

DEBIAN = Path("/usr/lib/postgresql")
VERSIONS_PER_MAJOR = 10_000  # server_version_num is 150018 for 15.18


class ProgramError(Exception):
    """A PostgreSQL program is missing or failed; the message says which and why."""


def run(program: str, *arguments: str, database: str) -> None:
    """Run `pg_dump` or `pg_restore` on a database as the owner. Raises ProgramError, ImproperlyConfigured.

    The password travels in the environment, where other accounts can't read it: every account can read arguments.
    """
    owner = the_owner()
    found = find(program)
    # libpq reads these; those of the caller may be about another server.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
    if owner["PASSWORD"]:
        environment["PGPASSWORD"] = owner["PASSWORD"]
    done = subprocess.run(
        [str(found), "--no-password", "--dbname", address(owner, database), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ProgramError(_("%(program)s failed: %(said)s") % {"program": program, "said": done.stderr.strip()})


def address(owner: dict[str, Any], database: str) -> str:
    """Where the database is and who connects, without the password."""
    place = {"host": owner["HOST"], "port": owner["PORT"], "user": owner["USER"], "dbname": database}
    return make_conninfo("", **owner["OPTIONS"], **place)


def the_owner() -> dict[str, Any]:
    if settings.DATABASE_OWNER is None:
        raise ImproperlyConfigured(NO_OWNER)
    return dict(settings.DATABASE_OWNER)


def find(program: str) -> Path:
    """The program of the server's own major version, or the next newer one: an older pg_dump refuses.

    Raises ProgramError.
    """
    with owner_session() as session:
        server = session.info.server_version // VERSIONS_PER_MAJOR
    fitting = [(major, path) for path in installed(program) if (major := major_version(path)) >= server]
    if not fitting:
        message = _("There is no %(program)s for PostgreSQL %(server)s here: install it (on Debian: %(package)s).")
        package = f"postgresql-client-{server}"
        raise ProgramError(message % {"program": program, "server": server, "package": package})
    return min(fitting)[1]


def installed(program: str) -> Iterator[Path]:
    """Those in the PATH, Debian's of each version, and the one that came with the embedded server."""
    if in_path := shutil.which(program):
        yield Path(in_path)
    yield from DEBIAN.glob(f"*/bin/{program}")
    with contextlib.suppress(ServerError):
        if (bundled := wheel_binaries() / program).exists():
            yield bundled


def major_version(path: Path) -> int:
    """0 if it doesn't say."""
    printed = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\b(\d+)(\.\d+|devel|beta|rc)", printed)
    return int(found[1]) if found else 0
