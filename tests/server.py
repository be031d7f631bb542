"""A real gunicorn, with the configuration of production, for tests that talk to it over HTTP.

    with running_server(database_environment) as site:
        site.get("/healthz")

Its processes are children of the test and use the test's database. `site.url` is where it listens, `site.log` the file
it logs to, `site.process` gunicorn's own process. `site.kill()` ends all its processes at once, `site.start()` begins
anew at the same address. It believes to be behind a proxy that ends TLS: send PROXY_HEADERS with each request. With a
`certificate` (a file with its key) it speaks TLS itself, as a browser needs it.
"""

import fcntl
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from fundadmin.embedded_postgres import PROJECT

PROXY_HEADERS = {"X-Forwarded-Proto": "https"}
LIMIT_SECONDS = 60
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """Their names in lower case."""
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(slots=True)
class Site:
    """A running server. The test itself holds its ear, so callers wait in line while there is no server."""

    ear: socket.socket
    log: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]
    secure: bool = False

    @property
    def url(self) -> str:
        return f"http{'s' if self.secure else ''}://127.0.0.1:{self.ear.getsockname()[1]}"

    def start(self) -> None:
        """Begin anew where an earlier server was, and wait until it answers."""
        self.process = launch(self.ear, self.log, self.environment)
        wait_until_it_answers(self)

    def kill(self) -> None:
        """SIGKILL to every process of the server, as a machine does that loses power."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers)

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """One request on a connection of its own, as the proxy would send it. Raises OSError."""
        address = urlsplit(self.url)
        host, port = address.hostname or "", address.port
        connection = (
            HTTPSConnection(host, port, timeout=LIMIT_SECONDS, context=ssl._create_unverified_context())  # noqa: S323 - our own
            if self.secure
            else HTTPConnection(host, port, timeout=LIMIT_SECONDS)
        )
        try:
            connection.request(method, path, body=body, headers=PROXY_HEADERS | dict(headers))
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())
        finally:
            connection.close()


@contextmanager
def running_server(
    database_environment: Mapping[str, str], workers: int = 2, certificate: Path | None = None, **more: str
) -> Iterator[Site]:
    """Start gunicorn, wait until it answers, stop it at the end. `more` are environment variables."""
    if certificate is not None:
        # Browsers keep connections open, which gunicorn would wait for.
        arguments = f"--certfile={certificate} --keyfile={certificate} --graceful-timeout 1"
        more |= {"GUNICORN_CMD_ARGS": arguments, "BEHIND_PROXY": "false"}
    with tempfile.TemporaryDirectory(prefix="fundadmin-site-") as folder, socket.create_server(("127.0.0.1", 0)) as ear:
        log = Path(folder) / "log"
        counters = Path(folder) / "counters"  # here, so that a killed server leaves nothing behind
        counters.mkdir()
        environment = production(database_environment) | {
            "WEB_CONCURRENCY": str(workers),
            "PROMETHEUS_MULTIPROC_DIR": str(counters),
            **more,
        }
        site = Site(ear, log, environment, launch(ear, log, environment), secure=certificate is not None)
        try:
            wait_until_it_answers(site)
            yield site
        finally:
            stop(site.process)


def launch(ear: socket.socket, log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Gunicorn, in a process group of its own."""
    command = [sys.executable, "-m", "gunicorn", "--config", "python:fundadmin.gunicorn", "--bind"]
    with log.open("ab") as output:
        return subprocess.Popen(
            [*command, f"fd://{ear.fileno()}"],
            cwd=PROJECT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[ear.fileno()],
            start_new_session=True,
        )


def production(database_environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a production process on the test's database; nothing of the test's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return (
        kept
        | dict(database_environment)
        | {
            "DEBUG": "false",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "BEHIND_PROXY": "true",
            "EMAIL_URL": "memorymail://",
            "STATIC_ROOT": str(static_files()),
        }
    )


def static_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"fundadmin-static-{os.environ['FUNDADMIN_TEST_RUN']}"


@cache
def static_files() -> Path:
    """The static files, collected once per run: its workers share them, and conftest.py deletes them."""
    folder = static_folder()
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            collect(folder)
    return folder


def collect(folder: Path) -> None:
    unfinished = folder.with_suffix(".unfinished")
    environment = {
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "only to collect static files",
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": "postgres://nobody@localhost/none",
        "STATIC_ROOT": str(unfinished),
    }
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=PROJECT, env={"PATH": os.environ["PATH"]} | environment, check=True)
    unfinished.rename(folder)


def forget_static_files() -> None:
    shutil.rmtree(static_folder(), ignore_errors=True)
    Path(f"{static_folder()}.lock").unlink(missing_ok=True)


def wait_until_it_answers(site: Site) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            if site.get("/healthz").status == 200:
                return
        except OSError:
            pass
        if site.process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"The server doesn't answer:\n{site.log.read_text()}")
        time.sleep(POLL_SECONDS)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
