"""All that is held on a tenant business, as plain data (docs/subject_access.md says what each part is).

The people of the house aren't named: whose hand it was is theirs, that it was done is the tenant's.
"""

from operator import attrgetter
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet
from django.utils import timezone

from grants.enums import Action
from grants.models import Application, EventDetail, LedgerEntry, SampleItem
from landlords.models import TenantBusiness

FORMAT = "fundadmin-subject-access/1"

BUSINESS = (
    *("siret", "siren", "legal_name", "trade_name", "is_natural_person", "address", "postcode", "commune"),
    *("naf_rev2", "naf_2025", "headcount", "started_on", "craft_registered", "rne_extract_on", "created_at"),
)
CONTACT = ("name", "email", "phone", "preferred_channel")
LEASE = (
    *("reference", "starts_on", "ends_on", "notice_given_on", "vat_regime", "periodicity", "arrears_cents"),
    *("arrears_on", "moratorium_from", "moratorium_until", "moratorium_note"),
)
PREMISES = ("reference", "address", "postcode", "commune", "epci")
RENT_CALL = ("component", "period_start", "period_end", "due_on", "net_cents", "vat_cents", "gross_cents")
APPLICATION = (
    *("reference", "state", "rank", "mandate_on", "mandate_kind", "contact_name", "contact_channel", "facts"),
    *("info_requested", "info_due_on", "offered_cents", "offered_until", "reserved_until", "created_at"),
    *("submitted_on", "assessed_on", "decided_on", "closed_on"),
)
LINE = (
    *("month", "component", "state", "asked_cents", "proposed_cents", "approved_cents", "form", "voucher_ref"),
    *("voucher_date", "applied_to_notice"),
)
DOCUMENT = ("kind", "name", "size", "sha256", "added_at")
COMMENT = ("at", "edited_at", "visibility", "text")
AUDITORS_NOTE = ("found_at", "outcome", "note")
MOVEMENT = ("number", "kind", "amount_cents", "value_date")
NAMES_STAFF = frozenset({Action.TRANSFER})
"""Actions whose `data` are the ids of people of the house."""


def held_on(tenant: TenantBusiness) -> dict[str, Any]:
    """Everything, with stable names. `files`: of each document, its row's id, for who packs the content."""
    files = Application.objects.filter(tenant=tenant).select_related("fund").order_by("pk")
    return {
        "format": FORMAT,
        "generated_at": timezone.now(),
        "landlord": columns(tenant.landlord, ("siren", "name")),
        "business": columns(tenant, BUSINESS),
        "contacts": [columns(contact, CONTACT) for contact in tenant.contacts.order_by("pk")],
        "leases": [of_lease(lease) for lease in tenant.leases.select_related("premises").order_by("pk")],
        "applications": [of_application(file) for file in files],
        "former_versions_of_business": former(tenant, "landlords", "TenantBusinessEvent", BUSINESS),
    }


def of_lease(lease: Any) -> dict[str, Any]:
    return columns(lease, LEASE) | {
        "premises": columns(lease.premises, PREMISES),
        "rent_calls": [columns(call, RENT_CALL) for call in lease.rent_calls.order_by("period_start", "pk")],
        "former_versions": former(lease, "landlords", "LeaseEvent", LEASE),
    }


def of_application(file: Application) -> dict[str, Any]:
    lines = sorted(file.lines.select_related("lease"), key=attrgetter("place"))
    return columns(file, APPLICATION) | {
        "fund": {"code": file.fund.code, "name": file.fund.name},
        "lines": [columns(line, LINE) | {"lease": line.lease.reference} for line in lines],
        "documents": [columns(document, DOCUMENT) | {"id": document.pk} for document in file.documents.order_by("pk")],
        "opinions": [
            {"on": opinion.on, "opinion": opinion.opinion, "record": opinion.record, "notes": opinion.resolved}
            for opinion in file.assessments.order_by("pk")
        ],
        "comments": [columns(comment, COMMENT) for comment in file.comments.all()],
        "auditors_notes": list(
            SampleItem.objects.filter(application=file).exclude(note="").order_by("pk").values(*AUDITORS_NOTE)
        ),
        "events": events_of(file),
        "movements": [
            columns(row, MOVEMENT) for row in LedgerEntry.objects.filter(application=file).order_by("number")
        ],
        "former_versions": former(file, "grants", "ApplicationEvent", APPLICATION),
    }


def events_of(file: Application) -> list[dict[str, Any]]:
    details = dict(EventDetail.objects.filter(event__application=file).values_list("event_id", "detail"))
    return [
        {
            "on": event.on,
            "at": event.at,
            "action": event.action,
            "from": event.from_state,
            "to": event.to_state,
            "reason": event.reason,
            "data": {} if event.action in NAMES_STAFF else event.data,
            "detail": details.get(event.pk),
        }
        for event in file.timeline.order_by("pk")
    ]


def former(row: Model, app: str, model: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The former versions that the history keeps, oldest first; the generated columns aside."""
    kept: Any = apps.get_model(app, model)
    versions: QuerySet[Any] = kept.objects.filter(pgh_obj_id=row.pk)
    tracked = {field.name for field in versions.model._meta.get_fields()}
    return list(versions.order_by("pgh_id").values("pgh_created_at", *(name for name in names if name in tracked)))


def columns(row: Model, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
