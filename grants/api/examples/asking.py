"""What is sent."""

from collections.abc import Mapping
from typing import Any

from grants.api.examples.ids import ADVISOR, APPLICATION, LEASE, MARCH, REASON, REQUEST, TENANT

ASKED: Mapping[str, Any] = {
    "NewApplicationRequest": {"fund": "oise-2020", "tenant": TENANT},
    "EditRequest": {
        "lines": [{"lease": LEASE, "month": "2020-03-01", "component": "rent", "asked_cents": 50000}],
        "facts": {"headcount": 3},
        "mandate": {"on": "2020-05-10", "kind": "signed"},
        "contact": {"name": "Claude Exemple", "channel": "email"},
    },
    "NothingRequest": {},
    "SupplyRequest": {"facts": {"arrears_cents": 0}},
    "RequestInfoRequest": {"wanted": ["headcount"], "message": "Merci de préciser l'effectif au 1er mars."},
    "AnswerRequest": {"facts": {"headcount": 4}},
    "AssessFavourableRequest": {
        "amounts": {MARCH: 50000},
        "resolved": {"not_in_proceedings": "Attestation vue le 14 mai."},
        "no_conflict": True,
    },
    "AssessUnfavourableRequest": {"reason": REASON, "no_conflict": True},
    "ApproveRequest": {
        "amounts": {MARCH: 45000},
        "reason": "Les charges sont déjà remises pour ce mois.",
        "no_conflict": True,
    },
    "WithReasonRequest": {"reason": REASON},
    "RejectRequest": {"motive": "criteria_not_met", "reason": ""},
    "CreditRequest": {
        "lines": [MARCH],
        "voucher": {"form": "credit_note", "ref": "AV-2020-014", "on": "2020-05-20", "applied_to_notice": ""},
    },
    "AskCancelLinesRequest": {"lines": [MARCH], "reason": "not_needed"},
    "AskReverseRequest": {
        "lines": [MARCH],
        "reason": "double_aid",
        "kind": "reverse",
        "notice_sent_on": "2020-06-02",
    },
    "SettleRequest": {"request": REQUEST},
    "RefuseRequestRequest": {"request": REQUEST, "reason": "L'entreprise a bien droit à cet allègement."},
    "WithdrawRequest": {"requested_on": "2020-06-01", "channel": "phone"},
    "TransferRequest": {"to": ADVISOR["id"]},
    "NewTokenRequest": {"fund": "oise-2020", "roles": ["advisor"], "name": "Logiciel de la chambre", "days": 90},
    "NewExportRequest": {"kind": "ledger-csv", "as_at": "2020-12-31", "options": {"separator": "comma"}},
    "BulkRequest": {
        "dry_run": True,
        "applications": [{"id": APPLICATION, "version": 4, "request": {"amounts": {MARCH: 45000}}}],
        "common": {"no_conflict": True},
    },
    "AttachRequest": {"file": "bail.pdf", "kind": "bail", "visibility": "both"},
}
