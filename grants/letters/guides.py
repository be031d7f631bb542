"""The guides of /aide: what each role does, in the order of the work. The words are those of the glossary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from grants.enums import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Step:
    title: "_StrPromise"
    text: "_StrPromise"


@dataclass(frozen=True, slots=True)
class Guide:
    slug: str
    role: Role
    purpose: "_StrPromise"
    steps: Sequence[Step]
    note: "_StrPromise"
    """What the rules don't let this role do."""


ADVISOR: Final = Guide(
    slug="conseiller",
    role=Role.ADVISOR,
    purpose=_("You file a tenant business's application, and answer for it until it is decided."),
    steps=(
        Step(
            _("Find the tenant business"),
            _(
                "Search by name, SIRET, premises, lease reference or commune. What the rent roll knows is filled"
                " in: leases, rents, charges."
            ),
        ),
        Step(
            _("Record the mandate"),
            _(
                "The tenant's mandate, signed or oral, is recorded with its date, and whom you spoke to. Rents are"
                " shown from then on: without a mandate nobody at the chamber reads them."
            ),
        ),
        Step(
            _("Choose the months"),
            _(
                "A month that can't be chosen says why: relieved already, or not covered by the lease. Amounts"
                " come from the rent calls; lower them where the tenant asks for less."
            ),
        ),
        Step(
            _("Answer the criteria"),
            _(
                "Each criterion of the charter says whether it is met, and if not, what would make it pass. A"
                " fact that only the landlord has becomes a task of the landlord."
            ),
        ),
        Step(
            _("Add the documents"),
            _(
                "Those marked “at filing” are needed to submit. Those marked “before decision” may follow: the"
                " application keeps its rank."
            ),
        ),
        Step(
            _("Submit"),
            _(
                "A draft is saved by itself and claims no month; submitting does, and gives the application its"
                " rank. Read the summary first, then hand the receipt to the tenant."
            ),
        ),
        Step(
            _("Answer what is asked"),
            _(
                "Information requested comes back among your tasks with its due date. If the tenant gives up,"
                " record the withdrawal: its money goes back to the fund."
            ),
        ),
    ),
    note=_("Whoever has filed, edited or answered an application neither assesses, approves nor credits it."),
)
ASSESSOR: Final = Guide(
    slug="instructeur",
    role=Role.ASSESSOR,
    purpose=_("You examine an application against the charter, and give the opinion."),
    steps=(
        Step(
            _("Read the facts beside the rules"),
            _(
                "Each finding shows what was seen and what the charter requires. “To verify” is settled by a note"
                " that says what you checked."
            ),
        ),
        Step(
            _("Request information"),
            _(
                "Name the facts or documents that are missing. The advisor has until the due date; remind once"
                " before you close the application for lack of an answer."
            ),
        ),
        Step(
            _("Give a favourable opinion"),
            _(
                "Amounts may be lowered month by month, with a reason. The money is then reserved for as long as"
                " the charter says; when the fund is short, the application waits with its rank."
            ),
        ),
        Step(
            _("Give an unfavourable opinion"),
            _("It is an opinion, with its reason. No letter leaves: only the landlord refuses."),
        ),
        Step(
            _("Take up an offer"),
            _(
                "When money comes free, it is offered to the first in rank that fits. Give a new opinion before"
                " the offer ends."
            ),
        ),
    ),
    note=_(
        "With each opinion you declare that you have no conflict of interest. An assessor of the landlord"
        " sees whether the turnover criterion is met, never the evidence."
    ),
)
APPROVER: Final = Guide(
    slug="decideur",
    role=Role.APPROVER,
    purpose=_("You decide for the landlord on what was assessed: your visa commits its money."),
    steps=(
        Step(
            _("Read the opinion"),
            _(
                "The page shows the opinion, each month's amount, and what the fund holds before and after your"
                " decision."
            ),
        ),
        Step(
            _("Approve"),
            _(
                "Your visa binds the opinion and each amount. Above the charter's threshold, counted over all"
                " that the business receives from the fund, another person gives the second visa for the same"
                " amounts."
            ),
        ),
        Step(
            _("Lower an amount, or send back"),
            _(
                "A lower amount needs a reason. If something is missing, send the application back to assessment:"
                " it keeps its rank."
            ),
        ),
        Step(
            _("Refuse"),
            _(
                "Choose a reason, and complete it. The tenant is told, and the application may be reopened within"
                " the charter's re-examination window."
            ),
        ),
        Step(
            _("Decide on several at once"),
            _(
                "The preflight tells which applications pass, which are blocked and why, and what remains below"
                " the ceiling. Nothing happens before you confirm."
            ),
        ),
        Step(
            _("Settle what the payer asks"),
            _("A reversal or a cancellation is asked by one person and confirmed or refused by another."),
        ),
    ),
    note=_(
        "You act within your delegation of powers and its limit, which decisions cite. A visa that would"
        " leave nobody to record the credit is refused with that sentence."
    ),
)
PAYER: Final = Guide(
    slug="comptable",
    role=Role.PAYER,
    purpose=_("You record each relief on the tenant's rent account, with its voucher. Nothing is paid out."),
    steps=(
        Step(
            _("Begin with what is due first"),
            _("Approved applications are listed in the order of the landlord's billing cut-off."),
        ),
        Step(
            _("Record a credit"),
            _(
                "Give the form of relief (credit note, deduction on the next rent call, waiver agreement), the"
                " voucher's reference and its date. One voucher may cover several lines."
            ),
        ),
        Step(
            _("Record many at once"),
            _(
                "Type the references, or paste them from a column of your spreadsheet: each line is checked"
                " before anything is recorded."
            ),
        ),
        Step(
            _("Mend an error of entry"),
            _(
                "Ask to undo the credit: the line is approved again, and recorded anew once another person has"
                " confirmed. Nothing is rewritten."
            ),
        ),
        Step(
            _("Ask for a reversal"),
            _(
                "The lease ended, the statement was false, or the month was aided twice: say which lines and why."
                " For the last two, the tenant is told first and has time to reply."
            ),
        ),
    ),
    note=_(
        "A credit can't be recorded for a month that the lease does not cover, nor by who has filed,"
        " assessed or approved the application."
    ),
)
MANAGER: Final = Guide(
    slug="gestionnaire",
    role=Role.MANAGER,
    purpose=_("You watch over a fund for your side: its money, its people, its charter."),
    steps=(
        Step(
            _("Follow the fund"),
            _(
                "The fund's page shows its position against the charter's ceiling: endowed, available, reserved,"
                " committed, credited."
            ),
        ),
        Step(
            _("Name people"),
            _(
                "Invite somebody for your side; another member confirms. The page says which files nobody could"
                " carry to their end, and which role would mend it."
            ),
        ),
        Step(
            _("Open, endow, amend, close"),
            _(
                "A landlord's manager proposes with the signed document attached; another person of the landlord"
                " with authority confirms. The ceiling is never below what is endowed."
            ),
        ),
        Step(
            _("Import the rent roll"),
            _(
                "The file is checked first: every error is told with its line and its remedy, and nothing changes"
                " before you apply it."
            ),
        ),
        Step(
            _("Reopen, transfer"),
            _(
                "A closed application is reopened with a reason, within the re-examination window. A chamber's"
                " manager transfers applications to another advisor."
            ),
        ),
    ),
    note=_("Nobody changes their own role. A member of the chamber can't move the landlord's money."),
)
AUDITOR: Final = Guide(
    slug="controleur",
    role=Role.AUDITOR,
    purpose=_("You read and check everything, and change nothing. Each of your reads is logged."),
    steps=(
        Step(
            _("Follow a euro"),
            _(
                "Each ledger entry leads to the application that caused it; the application's history says who"
                " did what, when and why."
            ),
        ),
        Step(
            _("Look at a past day"),
            _("A fund's position as at any day is what it was that day: entries are never changed nor removed."),
        ),
        Step(
            _("Verify the chain"),
            _(
                "Each entry's digest covers the one before. Compare the chain head shown with one that an export"
                " or a letter bore earlier."
            ),
        ),
        Step(
            _("Check the four eyes"),
            _(
                "Of each application, four groups of people are disjoint: who filed, who assessed, who gave a"
                " visa, who credited."
            ),
        ),
    ),
    note=_(
        "A superuser of the database server could switch its guards off. A change would still show"
        " against any digest issued earlier."
    ),
)
GUIDES: Final = {guide.slug: guide for guide in (ADVISOR, ASSESSOR, APPROVER, PAYER, MANAGER, AUDITOR)}
