"""The guides of /aide: what each role does, in the order of the work. The words are those of the glossary."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.enums import Role
from grants.letters.guide import Guide, Step
from grants.letters.guides_landlord import APPROVER, PAYER
from grants.letters.guides_oversight import AUDITOR, MANAGER

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
        Step(
            _("Write to the tenant"),
            _(
                "Under “Letters”, issue the receipt or the request for information, and record when it was sent. An"
                " issued letter is numbered and never changes: read the draft first."
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
GUIDES: Final = {guide.slug: guide for guide in (ADVISOR, ASSESSOR, APPROVER, PAYER, MANAGER, AUDITOR)}
