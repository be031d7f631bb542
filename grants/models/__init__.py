from grants.ledger.models import LedgerEntry, Position
from grants.models.application import Application, Document, ReliefLine
from grants.models.decision import Assessment, ReversalRequest, Visa
from grants.models.event import Event, EventDetail, Notification
from grants.models.fund import Charter, CharterCriterion, Commitment, Fund, FundMember, FundProposal
from grants.models.invitation import Invitation
from grants.models.quarantine import QuarantinedFile
from grants.models.reading import ReadLog
from grants.models.token import ApiToken

__all__ = [
    "ApiToken",
    "Application",
    "Assessment",
    "Charter",
    "CharterCriterion",
    "Commitment",
    "Document",
    "Event",
    "EventDetail",
    "Fund",
    "FundMember",
    "FundProposal",
    "Invitation",
    "LedgerEntry",
    "Notification",
    "Position",
    "QuarantinedFile",
    "ReadLog",
    "ReliefLine",
    "ReversalRequest",
    "Visa",
]
