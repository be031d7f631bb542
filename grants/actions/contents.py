"""What a file consists of when it is filed, as one digest: the receipt carries it, the event of the filing keeps it.

SHA-256 of canonical JSON (sorted names, no spaces, UTF-8). Who has the receipt and what was filed can compute it again.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from grants.actions.turn import canonical_json

if TYPE_CHECKING:
    from grants.models import Application, ReliefLine


def content_digest(application: "Application", lines: "Sequence[ReliefLine]") -> str:
    return hashlib.sha256(canonical_json(content_of(application, lines)).encode()).hexdigest()


def content_of(application: "Application", lines: "Sequence[ReliefLine]") -> dict[str, Any]:
    documents = application.documents.order_by("pk").values_list("kind", "sha256")
    return {
        "reference": application.reference,
        "charter": application.charter.version,
        "siret": application.tenant.siret,
        "mandate": [application.mandate_kind, application.mandate_on],
        "contact": [application.contact_channel, application.contact_name],
        "facts": application.facts,
        "lines": [[line.lease.reference, line.month, line.component, line.asked_cents] for line in lines],
        "documents": [list(document) for document in documents],
    }
