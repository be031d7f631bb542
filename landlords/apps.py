from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LandlordsConfig(AppConfig):
    name = "landlords"
    verbose_name = _("Landlords and rent rolls")
    default_auto_field = "django.db.models.BigAutoField"
