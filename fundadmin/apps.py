from typing import Any

import django.apps
from django.apps import AppConfig
from django.apps.registry import Apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class FundadminConfig(AppConfig):
    name = "fundadmin"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from fundadmin import logs, metrics
        from fundadmin.accounts import adapters, second_factor, sessions, sign_ins
        from fundadmin.database_roles import grant_privileges
        from grants.actions.observers import observers

        logs.connect()
        if metrics.count_action not in observers:
            observers.append(metrics.count_action)

        # With this sender they run once per migrate, when every application's tables exist; after a flush too.
        post_migrate.connect(grant_privileges, sender=self)
        post_migrate.connect(create_system_user, sender=self)
        for module in (sessions, sign_ins, second_factor, adapters):
            module.connect()


def create_system_user(apps: Apps = django.apps.apps, **_signal: Any) -> None:
    """The account that the scheduler's actions are recorded under. Nobody can log in with it."""
    from django.contrib.auth.hashers import make_password

    from fundadmin.models import SYSTEM_EMAIL

    try:
        user_model = apps.get_model("fundadmin", "User")
    except LookupError:
        return  # Migrated backwards to before the table.
    user_model.objects.get_or_create(
        is_system=True,
        defaults={"email": SYSTEM_EMAIL, "full_name": "fundadmin", "password": make_password(None)},
    )
