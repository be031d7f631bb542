from grants.ledger.models import LedgerEntry, Position
from grants.models.application import Application, Document, ReliefLine
from grants.models.bulk import BulkRow, BulkRun
from grants.models.bulk_key import BulkKey
from grants.models.checks import LedgerCheck
from grants.models.comment import Comment
from grants.models.decision import Assessment, ReversalRequest, Visa
from grants.models.decision_list import DecisionList, ListedDecision
from grants.models.event import Event, EventDetail
from grants.models.export import Export
from grants.models.export_settings import ExportSettings
from grants.models.fund import Charter, CharterCriterion, Commitment, Fund, FundMember, FundProposal
from grants.models.invitation import Invitation
from grants.models.landlord_file import BookedCredit, LandlordFile, LandlordFileRow
from grants.models.letter import Letter, LetterRun
from grants.models.notification import MailChoice, MailPreference, Notification
from grants.models.quarantine import QuarantinedFile
from grants.models.reading import ReadLog
from grants.models.rent_roll import RentRollCheck
from grants.models.retention import EliminationList, Erasure, LegalHold, RetentionRun
from grants.models.sample import Sample, SampleItem
from grants.models.token import ApiToken
from grants.models.upload_link import UploadLink

__all__ = [
    "ApiToken",
    "Application",
    "Assessment",
    "BookedCredit",
    "BulkKey",
    "BulkRow",
    "BulkRun",
    "Charter",
    "CharterCriterion",
    "Comment",
    "Commitment",
    "DecisionList",
    "Document",
    "EliminationList",
    "Erasure",
    "Event",
    "EventDetail",
    "Export",
    "ExportSettings",
    "Fund",
    "FundMember",
    "FundProposal",
    "Invitation",
    "LandlordFile",
    "LandlordFileRow",
    "LedgerCheck",
    "LedgerEntry",
    "LegalHold",
    "Letter",
    "LetterRun",
    "ListedDecision",
    "MailChoice",
    "MailPreference",
    "Notification",
    "Position",
    "QuarantinedFile",
    "ReadLog",
    "ReliefLine",
    "RentRollCheck",
    "RetentionRun",
    "ReversalRequest",
    "Sample",
    "SampleItem",
    "UploadLink",
    "Visa",
]
