"""The closed vocabularies of a fund: sides, roles, states, actions, ledger kinds, reasons.

A leaf: nothing here knows a model, a clock or a request.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Side(TextChoices):
    LANDLORD = "landlord", _("landlord")
    CHAMBER = "chamber", _("chamber")
    EXTERNAL = "external", _("external")


class Role(TextChoices):
    ADVISOR = "advisor", _("chamber advisor")
    ASSESSOR = "assessor", _("assessor")
    APPROVER = "approver", _("approver")
    PAYER = "payer", _("payer (crediting)")
    MANAGER = "manager", _("fund manager")
    AUDITOR = "auditor", _("auditor (read only)")


GUARDED_ROLES = frozenset({Role.APPROVER, Role.PAYER, Role.MANAGER, Role.AUDITOR})
"""Who moves money, names people or reads everything: these log in with a second factor."""


class FundState(TextChoices):
    DRAFT = "draft", _("In preparation")
    OPEN = "open", _("Open")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")


class State(TextChoices):
    """The states of an application."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    INFO_REQUESTED = "info_requested", _("Information requested")
    WAITLISTED = "waitlisted", _("Waitlisted")
    ELIGIBLE = "eligible", _("Eligible, to be decided")
    INELIGIBLE = "ineligible", _("Unfavourable opinion")
    APPROVED = "approved", _("Approved")
    CREDITED = "credited", _("Credited")
    REVERSED = "reversed", _("Reversed")
    CANCELLED = "cancelled", _("Approval cancelled")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Lapsed")


FINAL_STATES = frozenset(
    {State.CREDITED, State.REVERSED, State.CANCELLED, State.REJECTED, State.WITHDRAWN, State.LAPSED}
)


class LineState(TextChoices):
    """The states of a relief line."""

    DRAFT = "draft", _("Draft")
    CLAIMED = "claimed", _("Claimed")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    CREDITED = "credited", _("Credited")
    REVERSED = "reversed", _("Reversed")
    CANCELLED = "cancelled", _("Cancelled")


ALIVE_LINE_STATES = (LineState.CLAIMED, LineState.APPROVED, LineState.CREDITED)


class Action(TextChoices):
    """Everything somebody can do to an application."""

    CREATE = "create", _("Create a draft")
    EDIT = "edit", _("Edit the draft")
    DISCARD = "discard", _("Delete the draft")
    SUBMIT = "submit", _("Submit the application")
    ATTACH = "attach", _("Attach a document")
    SUPPLY = "supply", _("Supply the landlord's facts")
    REQUEST_INFO = "request_info", _("Request information")
    ANSWER = "answer", _("Send the information")
    REMIND = "remind", _("Remind of the information requested")
    LAPSE = "lapse", _("Close for lack of an answer")
    ASSESS_FAVOURABLE = "assess_favourable", _("Give a favourable opinion")
    ASSESS_UNFAVOURABLE = "assess_unfavourable", _("Give an unfavourable opinion")
    APPROVE = "approve", _("Approve")
    SEND_BACK = "send_back", _("Send back to assessment")
    REJECT = "reject", _("Reject")
    CREDIT = "credit", _("Record the credit")
    ASK_CANCEL_LINES = "ask_cancel_lines", _("Ask to cancel what remains")
    ASK_REVERSE = "ask_reverse", _("Ask to reverse the credit")
    CANCEL_LINES = "cancel_lines", _("Cancel what remains of the approval")
    REVERSE = "reverse", _("Confirm the reversal")
    REFUSE_REQUEST = "refuse_request", _("Refuse the request")
    WITHDRAW = "withdraw", _("Record the withdrawal")
    WARN_EXPIRY = "warn_expiry", _("Reservation about to expire")
    EXPIRE = "expire", _("Reservation expired")
    OFFER = "offer", _("Offer freed money")
    LAPSE_OFFER = "lapse_offer", _("Offer lapsed")
    TRANSFER = "transfer", _("Transfer to another advisor")
    APPLY_NEW_VERSION = "apply_new_version", _("Apply the amended charter")
    REOPEN = "reopen", _("Reopen for re-examination")


DONE: Final[Mapping[str, "_StrPromise"]] = {
    Action.CREATE: _("Draft created"),
    Action.EDIT: _("Draft edited"),
    Action.DISCARD: _("Draft deleted"),
    Action.SUBMIT: _("Submitted"),
    Action.ATTACH: _("Document added"),
    Action.SUPPLY: _("Landlord's facts supplied"),
    Action.REQUEST_INFO: _("Information requested"),
    Action.ANSWER: _("Information sent"),
    Action.REMIND: _("Reminded of the information requested"),
    Action.LAPSE: _("Lapsed"),
    Action.ASSESS_FAVOURABLE: _("Favourable opinion given"),
    Action.ASSESS_UNFAVOURABLE: _("Unfavourable opinion given"),
    Action.APPROVE: _("Approved"),
    Action.SEND_BACK: _("Sent back to assessment"),
    Action.REJECT: _("Rejected"),
    Action.CREDIT: _("Credit recorded"),
    Action.ASK_CANCEL_LINES: _("Asked to cancel what remains of the approval"),
    Action.ASK_REVERSE: _("Asked to reverse the credit"),
    Action.CANCEL_LINES: _("What remained of the approval cancelled"),
    Action.REVERSE: _("Reversal of the credit confirmed"),
    Action.REFUSE_REQUEST: _("Request to undo refused"),
    Action.WITHDRAW: _("Withdrawal recorded"),
    Action.WARN_EXPIRY: Action.WARN_EXPIRY.label,
    Action.EXPIRE: Action.EXPIRE.label,
    Action.OFFER: _("Freed money offered"),
    Action.LAPSE_OFFER: Action.LAPSE_OFFER.label,
    Action.TRANSFER: _("Transferred to another advisor"),
    Action.APPLY_NEW_VERSION: _("Amended charter applied"),
    Action.REOPEN: _("Reopened for re-examination"),
}
"""Each of them as something that was done, for a history."""


class FundAction(TextChoices):
    """What a landlord proposes and another landlord member confirms."""

    OPEN = "open", _("Open the fund")
    ENDOW = "endow", _("Endow")
    WITHDRAW_ENDOWMENT = "withdraw_endowment", _("Withdraw endowment")
    AMEND = "amend", _("Amend the charter")
    SUSPEND = "suspend", _("Suspend")
    RESUME = "resume", _("Resume")
    CLOSE = "close", _("Close the fund")


class FundStep(TextChoices):
    """What is done to a fund around the fund actions: its charter, its people, its books."""

    CREATE_FUND = "create_fund", _("Create the fund")
    DRAFT_CHARTER = "draft_charter", _("Draft a charter version")
    RECORD_MEMBERS = "record_members", _("Record the first members")
    PROPOSE = "propose", _("Propose a fund action")
    REFUSE = "refuse", _("Refuse a fund action")
    CLOSE_BOOKS = "close_books", _("Close the books")
    KEEP_COMMITMENT = "keep_commitment", _("Record a commitment as kept")
    REOPEN_COMMITMENT = "reopen_commitment", _("Record a commitment as not kept after all")
    PUBLISH = "publish", _("Switch the public page on")
    UNPUBLISH = "unpublish", _("Switch the public page off")
    PROPOSE_MEMBER = "propose_member", _("Propose a member")
    CONFIRM_MEMBER = "confirm_member", _("Confirm a member")
    REFUSE_MEMBER = "refuse_member", _("Refuse a member")
    END_MEMBER = "end_member", _("End a membership")
    LEDGER_FAULTS = "ledger_faults", _("Faults found in the ledger")
    FUND_LEVEL = "fund_level", _("Warning level reached")
    HOLD = "hold", _("Suspend the erasure (audit or dispute)")
    LIFT_HOLD = "lift_hold", _("Resume the erasure")
    ERASE = "erase", _("Erase what is due")
    ARCHIVES = "archives", _("Ask for the public archives' visa, or no longer")
    ARCHIVES_VISA = "archives_visa", _("Record the public archives' visa")
    SUBJECT_ACCESS = "subject_access", _("Export what is held on a tenant")
    LIST_DECISIONS = "list_decisions", _("List the decisions of a sitting")
    SET_EXPORTS = "set_exports", _("Change the settings of the exports")
    ISSUE_LETTER = "issue_letter", _("Issue a letter")
    SEND_LETTER = "send_letter", _("Record a letter as sent")
    SET_ASIDE_LETTER = "set_aside_letter", _("Set a letter aside")
    SET_LETTERHEAD = "set_letterhead", _("Set the letterhead")
    BILLING_CUTOFF = "billing_cutoff", _("Change the billing cut-off day")


class Account(TextChoices):
    """The ledger's accounts. `endowment` is a source: what is endowed is minus its balance."""

    ENDOWMENT = "endowment", _("Endowment")
    AVAILABLE = "available", _("Available")
    RESERVED = "reserved", _("Reserved")
    COMMITTED = "committed", _("Committed")
    CREDITED = "credited", _("Credited")


class LedgerKind(TextChoices):
    ENDOW = "endow", _("Endowment")
    WITHDRAW_ENDOWMENT = "withdraw_endowment", _("Withdrawal of endowment")
    RESERVE = "reserve", _("Reservation")
    RELEASE = "release", _("Release of reservation")
    COMMIT = "commit", _("Commitment")
    DECOMMIT = "decommit", _("Decommitment")
    CREDIT = "credit", _("Credit")
    UNCREDIT = "uncredit", _("Credit undone")
    REVERSE = "reverse", _("Reversal of credit")


LEDGER_ROUTES: dict[LedgerKind, tuple[Account, Account]] = {
    LedgerKind.ENDOW: (Account.ENDOWMENT, Account.AVAILABLE),
    LedgerKind.WITHDRAW_ENDOWMENT: (Account.AVAILABLE, Account.ENDOWMENT),
    LedgerKind.RESERVE: (Account.AVAILABLE, Account.RESERVED),
    LedgerKind.RELEASE: (Account.RESERVED, Account.AVAILABLE),
    LedgerKind.COMMIT: (Account.RESERVED, Account.COMMITTED),
    LedgerKind.DECOMMIT: (Account.COMMITTED, Account.AVAILABLE),
    LedgerKind.CREDIT: (Account.COMMITTED, Account.CREDITED),
    LedgerKind.UNCREDIT: (Account.CREDITED, Account.COMMITTED),
    LedgerKind.REVERSE: (Account.CREDITED, Account.AVAILABLE),
}
"""kind -> (source, target). The database CHECKs the same triples."""


class Outcome(TextChoices):
    """What a criterion answers. Unknown is `to_verify` and never passes by itself."""

    YES = "yes", _("met")
    NO = "no", _("not met")
    TO_VERIFY = "to_verify", _("to verify")


class Opinion(TextChoices):
    FAVOURABLE = "favourable", _("favourable")
    UNFAVOURABLE = "unfavourable", _("unfavourable")


class CapsBasis(TextChoices):
    NET = "net", _("net of VAT")
    GROSS = "gross", _("VAT included")


class AidRegime(TextChoices):
    """Whether State-aid rules govern the fund's money (a setting with a written justification)."""

    OUTSIDE_STATE_AID = "hors_aide_etat", _("not State aid")
    DE_MINIMIS_2023 = "de_minimis_2023_2831", _("de minimis, Regulation (EU) 2023/2831")
    DE_MINIMIS_2013 = "de_minimis_1407_2013", _("de minimis, Regulation (EU) 1407/2013")
    SGEI_2023 = "sieg_2023_2832", _("SGEI de minimis, Regulation (EU) 2023/2832")
    COVID_FRAMEWORK = "encadrement_covid_3_1", _("COVID temporary framework, section 3.1")
    OTHER = "autre", _("other regime")


class ReliefForm(TextChoices):
    """How the landlord documents the relief. A moratorium (payment later) is none of these."""

    CREDIT_NOTE = "credit_note", _("credit note")
    DEDUCTION = "deduction", _("deduction on the next rent call")
    WAIVER = "waiver", _("waiver agreement")
    RENT_FREE_RIDER = "rent_free_rider", _("rent-free rider")
    EXIT_BALANCE = "exit_balance", _("exit balance of a lease that ended")


class RequestKind(TextChoices):
    """What a payer may ask an approver to confirm."""

    CANCEL = "cancel", _("cancel uncredited lines")
    UNCREDIT = "uncredit", _("undo a clerical credit")
    REVERSE = "reverse", _("reverse the credit")


class RequestState(TextChoices):
    OPEN = "open", _("open")
    CONFIRMED = "confirmed", _("confirmed")
    REFUSED = "refused", _("refused")


class ReversalReason(TextChoices):
    CLERICAL_ERROR = "clerical_error", _("clerical error")
    LEASE_ENDED = "lease_ended", _("the lease ended")
    FALSE_STATEMENT = "false_statement", _("false statement")
    DOUBLE_AID = "double_aid", _("aided twice for the same month")
    NOT_NEEDED = "not_needed", _("no longer needed")


REASONS_WITH_NOTICE = frozenset({ReversalReason.FALSE_STATEMENT, ReversalReason.DOUBLE_AID})
"""Reversals that wait for the tenant's reply period after a notice."""


class RejectionReason(TextChoices):
    """Standard motives of a refusal; `other` asks for a text."""

    CRITERIA_NOT_MET = "criteria_not_met", _("the charter's criteria are not met")
    EVIDENCE_MISSING = "evidence_missing", _("the evidence asked for was not supplied")
    ALREADY_RELIEVED = "already_relieved", _("the months asked for are already relieved")
    FUND_EXHAUSTED = "fund_exhausted", _("the fund is exhausted")
    FUND_CLOSED = "fund_closed", _("the fund was closed before the waiting list reached the application")
    OTHER = "other", _("another reason")


class MandateKind(TextChoices):
    SIGNED = "signed", _("signed")
    ORAL = "oral", _("oral")


class Channel(TextChoices):
    """How the tenant told us."""

    EMAIL = "email", _("e-mail")
    PHONE = "phone", _("telephone")
    POST = "post", _("letter")
    COUNTER = "counter", _("at the counter")


class DocumentTiming(TextChoices):
    AT_FILING = "at_filing", _("at filing")
    BEFORE_DECISION = "before_decision", _("before decision")


class Visibility(TextChoices):
    CHAMBER = "chamber", _("chamber only")
    LANDLORD = "landlord", _("landlord only")
    BOTH = "both", _("both sides")


class FecMode(TextChoices):
    """What the file in the FEC format is for."""

    CONTROL = "control", _("for control: the landlord's software books its own credit notes, nothing is imported")
    IMPORT = "import", _("for import into the landlord's accounts")


class ScdlNature(TextChoices):
    """The nature of a grant, as the schema of the essential data has it (SCDL subventions 2.1.1)."""

    IN_KIND = "in_kind", _("aid in kind")
    IN_CASH = "in_cash", _("aid in cash")
    BOTH = "both", _("aid in cash and in kind")


class SecondVisaSide(TextChoices):
    LANDLORD = "landlord", _("landlord")
    CHAMBER = "chamber", _("chamber")
    EITHER = "either", _("either side")


class Reading(TextChoices):
    """What the log of reads names."""

    DOCUMENT = "document", _("document")
    EXPORT = "export", _("export")
    FUND = "fund", _("fund")
    APPLICATION = "application", _("application")
    LEDGER = "ledger", _("ledger")
    LANDLORD = "landlord", _("landlord")
    TENANT = "tenant", _("tenant business")
    LEASE = "lease", _("lease and its rents")


class Topic(TextChoices):
    """What somebody may be told of: each has its own preference."""

    SUBMITTED = "submitted", _("An application is to be assessed: submitted, completed, sent back or reopened")
    INFO_REQUESTED = "info_requested", _("Information is requested, or still awaited")
    ASSESSED = "assessed", _("An opinion was given on my application")
    VISA = "visa", _("An application awaits a visa")
    APPROVED = "approved", _("An application was approved")
    REJECTED = "rejected", _("An application was rejected")
    CREDITED = "credited", _("A relief was credited")
    REVERSED = "reversed", _("A cancellation or a reversal was asked for, confirmed or refused")
    RESERVATION = "reservation", _("A reservation is about to expire, or has expired")
    OFFER = "offer", _("Freed money is offered to the waiting list")
    FUND_LEVEL = "fund_level", _("The fund has reached a warning level (80 %, 95 %…)")
    LEDGER = "ledger", _("The verification of the ledger found faults")
    DOCUMENT = "document", _("A tenant sent documents by the link it was given")
    OTHER = "other", _("Everything else: an application put in my charge…")


class LetterKind(TextChoices):
    """What a tenant, or a landlord's board, is sent on paper."""

    RECEIPT = "receipt", _("receipt of filing")
    INFORMATION = "information", _("request for information")
    AWARD = "award", _("award letter")
    REFUSAL = "refusal", _("refusal letter")
    CREDIT = "credit", _("credit notice")
    REVERSAL = "reversal", _("reversal notice")
    STATEMENT = "statement", _("fund statement")


LETTER_FILES = {
    LetterKind.RECEIPT: "accuse-de-depot",
    LetterKind.INFORMATION: "demande-de-complement",
    LetterKind.AWARD: "accord",
    LetterKind.REFUSAL: "refus",
    LetterKind.CREDIT: "imputation",
    LetterKind.REVERSAL: "annulation",
    LetterKind.STATEMENT: "etat-du-fonds",
}
"""How the file of a letter is named where it is saved: in French, as the files of all the exports."""

CHAMBER_LETTERS = frozenset({LetterKind.RECEIPT, LetterKind.INFORMATION})
"""The chamber's: they name facts and documents that the landlord may not see. The others are the landlord's."""


class Delivery(TextChoices):
    """How a letter reached its reader."""

    POST = "post", _("by post")
    EMAIL = "email", _("by e-mail")
    HANDED_OVER = "handed_over", _("handed over")
    PORTAL = "portal", _("on the landlord's portal")


class MailTime(TextChoices):
    NOW = "now", _("at once")
    DAILY = "daily", _("in the day's digest")
    NEVER = "never", _("never")


MAILED_AT_ONCE = frozenset({Topic.LEDGER})
"""Where nobody chose otherwise. All else is in the day's digest."""


class SampleUnit(TextChoices):
    """What an auditor's sample is drawn of."""

    FILE = "file", _("applications")
    LINE = "line", _("relief lines")


class SampleScope(TextChoices):
    CREDITED = "credited", _("credited in the period")
    APPROVED = "approved", _("approved in the period")


class SampleMethod(TextChoices):
    RANDOM = "random", _("random")
    STRATIFIED = "stratified", _("stratified by amount")


class SampleState(TextChoices):
    OPEN = "open", _("Under way")
    SIGNED = "signed", _("Signed off")
    ABANDONED = "abandoned", _("Abandoned")


class Found(TextChoices):
    """What an auditor found in a file of a sample."""

    NOTHING = "none", _("nothing to report")
    MINOR = "minor", _("minor anomaly, no amount")
    AT_RISK = "at_risk", _("amount at risk")
