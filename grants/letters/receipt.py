"""What a receipt of filing tells, for its page: what, when, its rank, the digest. The paper: `filing.receipt`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grants.money import euros


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the receipt says. No fact of the file is on it, only the digest that stands for all of them."""

    reference: str
    fund: str
    landlord: str
    tenant: str
    siret: str
    filed_at: datetime
    filed_by: str
    rank: int
    charter_version: int
    asked_cents: int
    digest: str
    lines: Sequence[tuple[str, date, str, int]]
    documents: Sequence[tuple[str, str, str]]

    def pairs(self) -> list[tuple[str, object]]:
        """The receipt's facts, for the page and the paper."""
        return [
            (_("Reference"), self.reference),
            (_("Business"), self.tenant),
            ("SIRET", self.siret),
            (_("Landlord"), self.landlord),
            (_("Fund"), self.fund),
            (_("Filed on"), date_format(self.filed_at, "SHORT_DATETIME_FORMAT")),
            (_("Filed by"), self.filed_by),
            (_("Rank"), str(self.rank)),
            (_("Charter"), _("version %(version)s") % {"version": self.charter_version}),
            (_("Total asked"), euros(self.asked_cents)),
        ]


def short(documents: Sequence[tuple[str, str, str]]) -> list[list[str]]:
    return [[kind, name, sha256[:16]] for kind, name, sha256 in documents]
