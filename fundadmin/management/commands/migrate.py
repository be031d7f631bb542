from typing import Any

from django.core.management.commands import migrate

from fundadmin.database_roles import as_owner


class Command(migrate.Command):
    """Django's `migrate`, as the role that owns the tables."""

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            super().handle(*args, **options)
