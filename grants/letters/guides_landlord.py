"""The guides of those who decide and credit for the landlord."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.enums import Role
from grants.letters.guide import Guide, Step

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
        Step(
            _("Have the letters leave"),
            _(
                "Under “Letters”, grants and refusals wait to be issued, one by one or all of a kind, then to be"
                " recorded as sent. One that is overdue says why it can't be issued any more."
            ),
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
            _("Fill in the credit schedule"),
            _(
                "Under “Exports”, the credit schedule lists what is to be credited, with net, VAT and account. Your"
                " books fill in voucher number and date; hand the file back under “Reconciliation”, read what matches,"
                " confirm."
            ),
        ),
        Step(
            _("Reconcile with your books"),
            _(
                "Hand in an extract of the tenants' accounts: the state of reconciliation sets each voucher beside"
                " your books, down to a difference of 0.00. Nothing is credited by an extract."
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
        Step(
            _("Close the year"),
            _(
                "“Credits to be issued” gives what is granted and not credited on a day (account 4198). The journal"
                " in the FEC format holds the entries to import, or to check, in your software."
            ),
        ),
        Step(
            _("Write to the tenant"),
            _(
                "Under “Letters”, issue the notice of credit with its voucher, and the letter before a reversal while"
                " the tenant still has time to reply."
            ),
        ),
    ),
    note=_(
        "A credit can't be recorded for a month that the lease does not cover, nor by who has filed,"
        " assessed or approved the application."
    ),
)
