import shlex
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from fundadmin.embedded_postgres import APP_ROLE, DATABASE, TEST_CLUSTER, Server
from fundadmin.postgres_programs import ServerError


class Command(BaseCommand):
    """Start, stop or describe the embedded PostgreSQL.

    Any command that needs it starts it; it outlives them, so that several processes share it, until `stop`.
    """

    help = "Start, stop or describe the embedded PostgreSQL (that of the tests is stopped and described too)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["start", "stop", "status"])

    def handle(self, *, what: str, **_options: Any) -> None:
        if not settings.DATABASE_IS_EMBEDDED:
            raise CommandError("DATABASE_URL names another server, which this command leaves alone.")
        try:
            {"start": self.start, "stop": self.stop, "status": self.status}[what]()
        except ServerError as error:
            raise CommandError(str(error)) from error

    def start(self) -> None:
        started = Server().ensure_running()
        self.stdout.write("Started; it keeps running until `manage.py database stop`." if started else "Runs already.")

    def stop(self) -> None:
        stopped = [server.name for server in (Server(), TEST_CLUSTER) if server.stop()]
        self.stdout.write(f"Stopped: {', '.join(stopped)}." if stopped else "Wasn't running.")

    def status(self) -> None:
        for server in (Server(), TEST_CLUSTER):
            self.stdout.write(f"{server.name}: {'running' if server.answers() else 'not running'}")
            self.stdout.write(f"  data      {server.data}")
            self.stdout.write(f"  programs  {server.programs}")
            self.stdout.write(f"  socket    {server.socket_directory}")
        psql = shlex.join([str(Server().programs / "psql"), Server().url(APP_ROLE, DATABASE)])
        self.stdout.write(f"Connect with: {psql}")
