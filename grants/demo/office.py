"""What leaves the house in the stories and comes back: letters, and the landlord's file of posted credit notes."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from fundadmin.models import User
from grants.actions.confirmations import Sent, confirm, hand_in
from grants.actions.letters import issue, mark_sent
from grants.demo.story import Story
from grants.enums import CapsBasis, Delivery, LetterKind, LineState
from grants.letters.due import to_issue
from grants.models import Application, LandlordFile, ReliefLine
from grants.money import euros, split
from landlords.enums import Component

HEADINGS: Final = ("Bail", "Mois", "Nature", "Montant TTC", "N° de pièce", "Date de la pièce")


def write_to(story: Story, files: Iterable[Application], kind: LetterKind, *, by: User) -> None:
    """Issue the letters of a kind that these files ask for, and record that they left by post the same day."""
    for event in to_issue(story.fund, [kind]).filter(application__in=list(files)):
        letter = story.do(issue, event=event, by=by)
        story.do(mark_sent, letter=letter, channel=Delivery.POST, sent_on=story.today, by=by)


def books_come_back(story: Story, *, by: User) -> LandlordFile:
    """The landlord's accountant hands back what was posted, voucher by voucher, and the payer confirms it."""
    content = io.StringIO()
    out = csv.writer(content, delimiter=";")
    out.writerow(HEADINGS)
    lines = ReliefLine.objects.filter(application__fund=story.fund, state=LineState.CREDITED).order_by("pk")
    for line in lines.select_related("lease", "application__charter"):
        is_gross = line.application.charter.caps_basis == CapsBasis.GROSS
        posted = split(line.approved_cents or 0, line.vat_rate_bp, is_gross=is_gross).gross_cents
        what = (line.lease.reference, f"{line.month:%m/%Y}", Component(line.component).label, euros(-posted))
        out.writerow([*what, line.voucher_ref, f"{line.voucher_date:%d/%m/%Y}"])
    sent = Sent(LandlordFile.Kind.CREDIT_NOTES, "avoirs-comptabilises.csv", content.getvalue().encode())
    file = hand_in(fund=story.fund, sent=sent, by=by, key=f"{story.code}:books")
    return confirm(file=file, digest=file.sha256, by=by)
