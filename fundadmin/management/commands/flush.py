from typing import Any

from django.core.management.commands import flush

from fundadmin.database_roles import as_owner


class Command(flush.Command):
    """Django's `flush`, as the role that owns the tables: the application's can't TRUNCATE."""

    def handle(self, **options: Any) -> None:
        with as_owner():
            super().handle(**options)
