"""manage.py subject_access --landlord SIREN --siret SIRET (--output FILE.zip | --erase)."""

import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from fundadmin.models import User
from grants.actions.subject_access import erase_on_request, export
from grants.exceptions import ActionRefused
from landlords.models import TenantBusiness


class Command(BaseCommand):
    help = "Export all that is held on a tenant, or erase it on its request; refused while a legal duty runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--landlord", required=True, metavar="SIREN", help="who lets the premises")
        parser.add_argument("--siret", required=True, metavar="SIRET", help="the tenant business")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--output", type=Path, metavar="FILE.zip", help="where to write the export")
        what.add_argument("--erase", action="store_true", help="erase its files instead")

    def handle(self, *_args: Any, **options: Any) -> None:
        siren, siret = (options[name].replace(" ", "") for name in ("landlord", "siret"))
        tenant = TenantBusiness.objects.filter(landlord__siren=siren, siret=siret).first()
        if tenant is None:
            message = _("No tenant with SIRET %(siret)s rents from a landlord with SIREN %(siren)s.")
            raise CommandError(message % {"siret": siret, "siren": siren})
        system, key = User.objects.system(), f"subject_access:{secrets.token_hex(8)}"
        try:
            if options["erase"]:
                events = erase_on_request(tenant=tenant, by=system, key=key)
                self.stdout.write(_("Files erased: %(count)s.") % {"count": len(events)})
                return
            packed = export(tenant=tenant, by=system, key=key)
        except ActionRefused as refusal:
            raise CommandError("\n".join(str(breach) for breach in refusal.breaches)) from refusal
        self.write(options["output"], packed)

    def write(self, path: Path, packed: bytes) -> None:
        """For the owner's eyes only, and never over another file."""
        try:
            path.touch(mode=0o600, exist_ok=False)
            path.write_bytes(packed)
        except OSError as error:
            raise CommandError(
                _("%(path)s can't be written: %(why)s. Choose another file.") % {"path": path, "why": error.strerror}
            ) from error
        self.stdout.write(_("Written: %(path)s") % {"path": path})
