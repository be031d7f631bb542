"""Puts a letter into words: what is the same for all here, what a kind says in the module of its kind."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fundadmin.days import day_in_words
from grants.enums import CHAMBER_LETTERS, CapsBasis, LetterKind, Role
from grants.letters.facts import Facts
from grants.letters.fonts import Strong, flowing, sentence
from grants.letters.paper import Grid, Head, Paper, Part
from grants.money import Split, euros, split

if TYPE_CHECKING:
    from grants.letters.picture import Picture
    from grants.models import Application, ReliefLine
    from landlords.models import Landlord, Letterhead

GROUP: Final = 5  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What issuing adds to the facts. A draft has no number, and nothing vouches for it."""

    language: str
    dated: date
    number: int = 0
    code: str = ""
    is_copy: bool = False
    """Handed over at once and not kept: no draft, and nothing vouches for it either."""

    @property
    def is_draft(self) -> bool:
        return not (self.code or self.is_copy)

    @property
    def shown_code(self) -> str:
        """In groups, as somebody types it."""
        return "-".join(self.code[n : n + GROUP] for n in range(0, len(self.code), GROUP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What one kind of letter says."""

    title: str
    lead: str
    grid: Grid | None = None
    notes: Sequence[str] = ()
    parts: Sequence[Part] = ()
    picture: "Picture | None" = None


def compose(facts: Facts, issue: Issue) -> Paper:
    """The letter about an event, in its language."""
    from grants.letters import deciding, filing, paying

    # What is still true depends on the day it is written, which may be long after the event.
    writers: Mapping[LetterKind, Callable[[Facts], Words]] = {
        LetterKind.RECEIPT: filing.receipt,
        LetterKind.INFORMATION: partial(filing.information, on=issue.dated),
        LetterKind.AWARD: partial(deciding.award, on=issue.dated),
        LetterKind.REFUSAL: partial(deciding.refusal, on=issue.dated),
        LetterKind.CREDIT: partial(paying.credit, on=issue.dated),
        LetterKind.REVERSAL: paying.reversal,
    }
    with translation.override(issue.language):
        words = writers[facts.kind](facts)
        return dressed(
            words,
            issue,
            facts.letterhead,
            recipient=recipient(facts),
            references=references(facts, issue),
            signed=signed(facts),
            call=call(facts),
        )


def dressed(
    words: Words,
    issue: Issue,
    letterhead: "Letterhead",
    *,
    recipient: Sequence[str],
    references: Sequence[tuple[str, str]],
    signed: Sequence[str],
    call: Part | None = None,
    polite: bool = True,
) -> Paper:
    """Words on a landlord's paper."""
    place = letterhead.place or letterhead.landlord.commune
    day = day_in_words(issue.dated)
    return Paper(
        language=issue.language,
        head=head(letterhead),
        title=words.title,
        number=numbered(issue),
        recipient=recipient,
        dated=_("%(place)s, %(day)s") % {"place": place, "day": day} if place else day,
        references=references,
        opening=_("Dear Sir or Madam,") if polite else "",
        lead=words.lead,
        grid=words.grid,
        notes=words.notes,
        picture=words.picture,
        parts=words.parts,
        call=call,
        closing=_("Yours faithfully,") if polite else "",
        signed=signed,
        check=f"{checking_page()}{issue.shown_code}/" if issue.code else "",
        code=issue.shown_code,
        is_draft=issue.is_draft,
    )


def checking_page() -> str:
    return f"{settings.SITE_URL}/verifier/"


def numbered(issue: Issue) -> str:
    if issue.number:
        return _("no. %(number)s") % {"number": issue.number}
    return "" if issue.is_copy else _("draft")


def head(letterhead: "Letterhead") -> Head:
    landlord = letterhead.landlord
    lines = [landlord.place, letterhead.contact_phone, letterhead.contact_email]
    return Head(landlord.name, [line for line in lines if line], letterhead.legal, bytes(letterhead.logo))


def recipient(facts: Facts) -> list[str]:
    """Who it is to, street and town last; where the tenant's address isn't known, the premises'."""
    tenant = facts.file.tenant
    place = tenant if tenant.commune or not facts.lines else facts.lines[0].premises
    trade = tenant.trade_name if tenant.trade_name.casefold() != tenant.legal_name.casefold() else ""
    person = facts.file.contact_name
    known = {"", tenant.legal_name.casefold(), tenant.trade_name.casefold()}
    contact = "" if person.casefold() in known else _("For the attention of %(name)s") % {"name": person}
    town = " ".join(filter(None, (place.postcode, place.commune)))
    return [line for line in (tenant.legal_name, trade, contact, place.address, town) if line]


def references(facts: Facts, issue: Issue) -> list[tuple[str, str]]:
    leases = sorted({line.lease.reference for line in facts.lines})
    rows = [(_("Fund"), facts.event.fund.name), (_("Application"), facts.file.reference)]
    if len(leases) == 1:
        rows.append((_("Lease"), leases[0]))
    return rows if issue.is_copy else [*rows, (_("Our letter"), numbered(issue))]


def signed(facts: Facts) -> list[str]:
    """The chamber's letters bear the advisor's name, the landlord's that of who signs for it."""
    if facts.kind in CHAMBER_LETTERS:
        return [str(facts.file.advisor), capfirst(str(Role.ADVISOR.label))]
    return signatory(facts.letterhead)


def signatory(letterhead: "Letterhead") -> list[str]:
    lines = [letterhead.signatory_name or letterhead.landlord.name, letterhead.signatory_title]
    return [line for line in lines if line]


def call(facts: Facts) -> Part | None:
    """Whom to ask; a request for information has said it already."""
    if facts.kind == LetterKind.INFORMATION:
        return None
    landlords = None if facts.kind in CHAMBER_LETTERS else contact(facts.letterhead)
    return landlords or Part(_("A question?"), [advisor_of(facts.file)])


def contact(letterhead: "Letterhead") -> Part | None:
    """Whom a tenant calls at the landlord's; None where neither a number nor an address is known."""
    if not (letterhead.contact_phone or letterhead.contact_email):
        return None
    words = _("Call or write to us: %(who)s.")
    # A number that is broken at the end of a line is misread.
    phone = Strong(letterhead.contact_phone.replace(" ", "\u00a0"))
    parts = (letterhead.contact_name, phone, letterhead.contact_hours)
    told = [sentence("%(one)s", one=part) for part in (*parts, Strong(letterhead.contact_email)) if part]
    return Part(_("A question?"), [flowing(words) % {"who": ", ".join(told)}])


def advisor_of(file: "Application") -> str:
    words = _("Your advisor at the chamber of trades: %(name)s, %(email)s.")
    return sentence(words, name=Strong(file.advisor), email=file.advisor.email)


# Money and months.


def parts_of(facts: Facts, amounts: Mapping[int, int] | None = None) -> list[tuple["ReliefLine", Split]]:
    """Each line above zero with its amount net, VAT and gross, as the charter counts."""
    cents = facts.amounts if amounts is None else amounts
    return split_of(facts, [(line, cents[line.pk]) for line in facts.lines])


def split_of(facts: Facts, lines: Iterable[tuple["ReliefLine", int]]) -> list[tuple["ReliefLine", Split]]:
    is_gross = facts.file.charter.caps_basis == CapsBasis.GROSS
    found = [(line, split(cents, line.vat_rate_bp, is_gross=is_gross)) for line, cents in lines]
    return [(line, part) for line, part in found if part.gross_cents]


def total(parts: Sequence[tuple["ReliefLine", Split]]) -> Split:
    return Split(*(sum(column) for column in zip(*(part for _line, part in parts), strict=True))) if parts else NONE


NONE: Final = Split(0, 0, 0)


def gross_of(facts: Facts) -> int:
    """What the letter is about, VAT included: the amount on its verification page."""
    return total(parts_of(facts)).gross_cents


def asked(facts: Facts) -> Split:
    return total(parts_of(facts, {line.pk: line.asked_cents for line in facts.lines}))


def month(day: date) -> str:
    return _named(day, get_language())


@lru_cache(maxsize=1_000)
def _named(day: date, _language: str | None) -> str:
    """Each month is named in thousands of letters of a batch."""
    return date_format(day, "F Y")


FEW: Final = 3
"""Months that are told one by one where others lie between them."""


def months(days: Sequence[date]) -> str:
    """From the first to the last, or the only one; where some between are left out, it says no more than there are."""
    each = sorted(set(days))
    first, last = each[0], each[-1]
    if first == last:
        return month(first)
    if (last.year - first.year) * 12 + last.month - first.month >= len(each):
        if len(each) <= FEW:
            return get_text_list([month(day) for day in each], _("and"))
        told = {"count": len(each), "first": month(first), "last": month(last)}
        return _("%(count)s months, from %(first)s to %(last)s") % told
    start = month(first) if first.year != last.year else date_format(first, "F")
    return _("%(first)s to %(last)s") % {"first": start, "last": month(last)}


def money(part: Split) -> Strong:
    """The amount as the tenant sees it on the notice; with VAT it says so."""
    if not part.vat_cents:
        return Strong(euros(part.gross_cents))
    return Strong(_("%(amount)s including VAT") % {"amount": euros(part.gross_cents)})


def by_month(parts: Sequence[tuple["ReliefLine", Split]]) -> Grid:
    """Month by month: net, VAT, gross; with the lease where there are several."""
    several = len({line.lease_id for line, _part in parts}) > 1
    rows = []
    for line, part in parts:
        place = [month(line.month), *([line.lease.reference] if several else []), str(line.get_component_display())]
        rows.append([*place, *map(euros, part)])
    summed = [_("Total"), *([""] if several else []), "", *map(euros, total(parts))]
    heads = [_("Month"), *([_("Lease")] if several else []), _("What for")]
    heads += [_("Amount net"), _("VAT"), _("Amount with VAT")]
    widths = (30, 28, 34, 26, 24, 28) if several else (34, 54, 27, 25, 30)
    return Grid(heads, [*rows, summed], widths, 3)


def vat_note(part: Split) -> list[str]:
    return [] if part.vat_cents else [sentence(_("These amounts bear no VAT."))]


def for_landlord(landlord: "Landlord") -> list[str]:
    """The landlord's own address, for its board."""
    town = " ".join(filter(None, (landlord.postcode, landlord.commune)))
    return [line for line in (landlord.name, _("To the members of the board"), landlord.address, town) if line]
