"""The guides of those who watch over a fund, and of those who audit it."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.enums import Role
from grants.letters.guide import Guide, Step

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
            _("Set the letterhead"),
            _(
                "Under “Letters”. Logo, address, contact, who signs: the landlord's letterhead is on every letter"
                " issued from then on. A specimen shows it; letters issued already keep the old one."
            ),
        ),
        Step(
            _("Settle exports and accounts"),
            _(
                "Under “Settings”: how the FEC format and the essential data of grants are made, and the landlord's"
                " billing cut-off day. The charter says which accounts are used."
            ),
        ),
        Step(
            _("Amend the charter, and see first what it changes"),
            _(
                "Under “Charter”, prepare an amendment. Before it is signed, its preview judges every application filed"
                " so far by the new terms: who would change side, and what it would cost."
            ),
        ),
        Step(
            _("Keep, and erase in time"),
            _(
                "Under “Settings”, “Retention and erasure” says what is erased and when. An audit or a dispute"
                " suspends it, for one application or for all of the fund."
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
    purpose=_(
        "You read and check everything, draw and sign samples, and change nothing in the fund. Reads are logged."
    ),
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
        Step(
            _("Take the auditor's pack away"),
            _(
                "Under “Exports”, the pack holds all of the fund. Its verifier, verify_pack.py, recomputes everything"
                " on your computer with Python alone: no account, no trust in the server."
            ),
        ),
        Step(
            _("Read the reports"),
            _(
                "Under “Control”, “Four eyes” derives from the events who acted in each application, faults first;"
                " “Ageing” shows what is approved and not credited, by the days since."
            ),
        ),
        Step(
            _("Draw a sample"),
            _(
                "Under “Control”, “Samples”, draw files at random or by amount, note a finding on each sheet, then sign"
                " off. The working papers are yours; nothing in the fund changes."
            ),
        ),
    ),
    note=_(
        "A superuser of the database server could switch its guards off. A change would still show"
        " against any digest issued earlier."
    ),
)
