from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GrantsConfig(AppConfig):
    name = "grants"
    verbose_name = _("Solidarity funds")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Exports and letters don't know each other: the pack is told here who writes its paper."""
        from grants.exports.pack.kind import Papers
        from grants.letters.pack_summary import written

        Papers.writer = written
