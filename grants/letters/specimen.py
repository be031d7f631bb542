"""An invented letter that shows a letterhead, for whoever sets it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from django.utils import translation
from django.utils.translation import gettext as _

from grants.letters.composing import Issue, Words, checking_page, contact, dressed, signatory
from grants.letters.fonts import Strong, sentence
from grants.letters.paper import Grid, Paper, Part
from grants.money import euros

if TYPE_CHECKING:
    from landlords.models import Letterhead

AMOUNT: Final = 500_00
CODE: Final = "-".join(["XXXXX"] * 4)
"""No letter's: the page it leads to says so."""


def specimen(letterhead: "Letterhead", issue: Issue) -> Paper:
    with translation.override(issue.language):
        amounts = [euros(AMOUNT), euros(AMOUNT // 5), euros(AMOUNT * 6 // 5)]
        heads = [_("Month"), _("What for"), _("Amount net"), _("VAT"), _("Amount with VAT")]
        rows = [[_("a month"), _("rent"), *amounts], [_("Total"), "", *amounts]]
        foot = _("The foot bears your legal details, and how to check a letter: no code is real here.")
        words = Words(
            title=_("A letter on your letterhead"),
            lead=sentence(
                _("Here stands what the letter is about, with its amount: %(amount)s."), amount=Strong(amounts[2])
            ),
            grid=Grid(heads, rows, (34, 54, 27, 25, 30), 3),
            parts=[
                Part(
                    _("What this page shows"),
                    points=[
                        sentence(_("The address stands where the window of a DL envelope is; fold at the marks.")),
                        sentence(foot),
                    ],
                )
            ],
        )
        drawn = dressed(
            words,
            issue,
            letterhead,
            recipient=[_("Invented business"), _("1 invented street"), "60000 Beauvais"],
            references=[(_("Fund"), _("an invented fund")), (_("Our letter"), _("draft"))],
            signed=signatory(letterhead),
            call=contact(letterhead),
        )
        return replace(drawn, code=CODE, check=f"{checking_page()}{CODE}/")
