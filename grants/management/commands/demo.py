"""manage.py demo [--into FOLDER]: the stories of grants/demo, on a fresh database."""

import json
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fundadmin.accounts.demo import is_demo
from fundadmin.database_roles import database_exists, recreate_database
from fundadmin.models import User
from grants.demo import report
from grants.demo.origin import OriginStory
from grants.demo.people import Accounts
from grants.demo.small_team import SmallTeamStory
from grants.demo.today import TodayStory
from grants.models import Document, Fund

CODES: Final = (OriginStory.code, SmallTeamStory.code, TodayStory.code)


class Command(BaseCommand):
    help = "Play the stories on a fresh database, and print them. Refuses a database that holds anything else."

    def add_arguments(self, parser: CommandParser) -> None:
        default = settings.BASE_DIR / "var" / "demo"
        parser.add_argument(
            "--into", type=Path, default=default, metavar="FOLDER", help="for summary.json and rent rolls"
        )

    def handle(self, *_args: Any, into: Path, **_options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(_("The demo runs with DEBUG=true only: its accounts have a public password."))
        name = connection.settings_dict["NAME"]
        check_replaceable(name)
        recreate_database(name)
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            # What a crash would lose is played again: not waiting for the disk halves the time.
            cursor.execute("SET synchronous_commit TO off")
        with translation.override("fr"):  # The stories are French, so is what people read in them.
            self.play(into)

    def play(self, folder: Path) -> None:
        accounts = Accounts()
        origin = OriginStory(self.stdout.write, folder, accounts)
        stories = (
            origin,
            SmallTeamStory(self.stdout.write, folder, accounts),
            TodayStory(self.stdout.write, folder, accounts, timezone.localdate()),
        )
        for story in stories:
            self.stdout.write(f"\n{story.title}\n{'=' * len(story.title)}")
            story.play()
        accounts.let_in()
        for line in report.tables(origin, stories):
            self.stdout.write(line)
        figures = report.summary(origin, stories)
        path = folder / "summary.json"
        path.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        self.stdout.write(f"\n{path}")


def check_replaceable(name: str) -> None:
    """Raise CommandError unless the database is empty, or not there, or an earlier demo; its files are deleted then.

    A demo is recognised by its accounts (all of them have an address of the demo's domain) and by its funds' codes.
    """
    tables = connection.introspection.table_names() if database_exists(name) else []
    if not tables:
        return
    if User._meta.db_table not in tables:
        raise CommandError(_("The database %(name)s holds another application's tables.") % {"name": name})
    others = sorted(
        {email for email in User.objects.filter(is_system=False).values_list("email", flat=True) if not is_demo(email)}
        | set(Fund.objects.exclude(code__in=CODES).values_list("code", flat=True))
    )
    if others:
        message = _(
            "The database %(name)s holds more than the demo: %(found)s. Nothing was changed. Name another one, for"
            " example DATABASE_URL=embedded:///demo."
        )
        raise CommandError(message % {"name": name, "found": ", ".join(others[:5])})
    for file in Document.objects.values_list("file", flat=True):
        default_storage.delete(file)
