"""A tenant's rights: a copy of all that is held on it, and the erasure, refused while a duty runs."""

import hashlib
import io
import json
import logging
import re
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from grants.actions.erasing import erase, kept, may_be_erased, reasons_to_keep
from grants.actions.turn import action, begin, refuse_if
from grants.enums import FundStep
from grants.exceptions import Breach, NotAllowed
from grants.exports.subject_access import held_on
from grants.letters.subject_access import as_pdf
from grants.models import Application, Document, Event, Letter
from grants.permissions import holds, memberships, role_missing_in_fund
from grants.workflow import CHAMBER_MANAGER
from landlords.models import TenantBusiness

if TYPE_CHECKING:
    from fundadmin.models import User

logger = logging.getLogger(__name__)


@action
def export(*, tenant: TenantBusiness, by: "User", key: str, on: date | None = None) -> bytes:
    """A ZIP of all that is held on a tenant: data, paper, documents. Recorded in each fund it has a file in.

    A chamber's manager may ask for it, or the system: the landlord would read the turnover of its tenant.
    """
    funds = sorted(set(Application.objects.filter(tenant=tenant).values_list("fund_id", flat=True)))
    turns = [
        begin(FundStep.SUBJECT_ACCESS, fund_id=fund, by=by, key=key, on=on, request={"tenant": tenant.pk})
        for fund in funds
    ]
    if not by.is_system and not (
        turns and all(holds(memberships(by, turn.fund.pk, turn.on), [CHAMBER_MANAGER]) for turn in turns)
    ):
        raise NotAllowed([role_missing_in_fund((CHAMBER_MANAGER,))])
    packed = pack(tenant, on or timezone.localdate())
    digest = hashlib.sha256(packed).hexdigest()
    for turn in turns:
        if not turn.replay:
            turn.record(data={"tenant": tenant.pk, "sha256": digest})
    logger.info("subject_access tenant=%s sha256=%s", tenant.pk, digest)
    return packed


def pack(tenant: TenantBusiness, on: date) -> bytes:
    """The archive: `donnees.json`, `donnees.pdf`, `documents/<reference>/`, `courriers/<reference>/`."""
    held = held_on(tenant)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed, translation.override(settings.LANGUAGE_CODE):
        for file in held["applications"]:
            pack_documents(packed, file)
            pack_letters(packed, file)
        duties = [str(breach) for breach in duties_of(tenant, on)]
        held["kept_because"] = duties
        packed.writestr("donnees.json", json.dumps(held, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2) + "\n")
        packed.writestr("donnees.pdf", as_pdf(held, duties))
    return archive.getvalue()


def pack_documents(packed: zipfile.ZipFile, file: dict[str, Any]) -> None:
    """Add the content of each document under a name of its own; `path` tells it, or that the content is missing."""
    rows = Document.objects.in_bulk([document["id"] for document in file["documents"]])
    for number, document in enumerate(file["documents"], start=1):
        stored = rows[document.pop("id")].file
        document["path"] = None
        if stored.storage.exists(str(stored.name)):
            document["path"] = f"documents/{file['reference']}/{number:02d}-{safe_name(document['name'])}"
            with stored.open("rb") as content:
                packed.writestr(document["path"], content.read())


def pack_letters(packed: zipfile.ZipFile, file: dict[str, Any]) -> None:
    """Add what the tenant was written, as it was issued; `letters` tells when and how each was sent."""
    file["letters"] = []
    for letter in Letter.objects.filter(application__reference=file["reference"]).order_by("number"):
        path = None
        if letter.file.storage.exists(str(letter.file.name)):
            path = f"courriers/{file['reference']}/{letter.number:05d}-{letter.kind}.pdf"
            with letter.file.open("rb") as content:
                packed.writestr(path, content.read())
        told = {
            name: getattr(letter, name)
            for name in ("kind", "number", "dated", "sent_on", "channel", "set_aside_on", "sha256")
        }
        file["letters"].append(told | {"path": path})


def safe_name(name: str) -> str:
    """A file name that no system takes for a path."""
    return re.sub(r"[^\w.-]+", "_", Path(name.replace("\\", "/")).name).lstrip(".") or "document"


def duties_of(tenant: TenantBusiness, on: date, *, asked: bool = False) -> Sequence[Breach]:
    """Why each file of a tenant is kept, and until when."""
    found = []
    removable = {row.pk: row for row in may_be_erased().filter(tenant=tenant)}
    for file in Application.objects.filter(tenant=tenant, erasure__isnull=True).order_by("pk"):
        if file.pk in removable:
            found += reasons_to_keep(kept(removable[file.pk]), on, asked=asked)
        else:
            message = _("%(reference)s is being dealt with: it is kept as long as it is not closed.")
            found.append(Breach("pending", message, {"reference": file.reference}))
    return found


def erase_on_request(*, tenant: TenantBusiness, by: "User", key: str, on: date | None = None) -> list[Event]:
    """Erase all files of a tenant that asks for it. Refused, with every duty, while one of them runs (art. 17(3))."""
    refuse_if(duties_of(tenant, on or timezone.localdate(), asked=True))
    files = list(Application.objects.filter(tenant=tenant, erasure__isnull=True).order_by("pk"))
    return [erase(application=file, by=by, key=f"{key}:{file.pk}", asked=True, on=on) for file in files]
