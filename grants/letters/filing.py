"""The chamber's letters: what was filed, and what is still needed."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fundadmin.days import day_in_words
from grants.charter_rules.thresholds import info_due
from grants.document_kinds import kind_label
from grants.eligibility import FACTS
from grants.letters.composing import Words, advisor_of, asked, by_month, money, months, parts_of, vat_note
from grants.letters.facts import Facts
from grants.letters.fonts import Strong, sentence
from grants.letters.paper import Part


def receipt(facts: Facts) -> Words:
    data, wanted = facts.event.data, asked(facts)
    lead = _("Your request for relief of %(amount)s for %(months)s was filed on %(on)s, under rank %(rank)s.")
    return Words(
        title=_("Receipt of filing"),
        lead=sentence(
            lead,
            amount=money(wanted),
            months=months([line.month for line in facts.lines]),
            on=day_in_words(facts.event.on),
            rank=str(data["rank"]),
        ),
        grid=by_month(parts_of(facts)),
        notes=[
            *vat_note(wanted),
            sentence(
                _("Digest of what was filed, which proves that nothing was changed: %(digest)s"),
                digest=data.get("content", ""),
            ),
        ],
        parts=[
            *papers(facts),
            Part(
                _("What happens now"),
                points=[
                    sentence(_("This receipt is no decision: the landlord answers you by letter.")),
                    sentence(_("Keep it. Until then rent and charges remain due as called.")),
                ],
            ),
        ],
    )


def papers(facts: Facts) -> list[Part]:
    """The documents filed, by kind."""
    points = [
        sentence(_("%(kind)s: %(name)s"), kind=kind_label(document.kind), name=document.name)
        for document in facts.documents
    ]
    return [Part(_("Documents filed"), points=points)] if points else []


def information(facts: Facts, on: date) -> Words:
    """`on`: the day of the letter; once the last day to answer has passed, it asks for an answer at once."""
    wanted = facts.event.data["wanted"]
    due = info_due(facts.file.charter.terms(), facts.event.on)
    is_late = on > due
    closed = _("Without an answer, your request can be closed at any time.")
    closing = _("Without an answer by that day, your request can be closed.")
    return Words(
        title=_("Your request for relief: something is missing"),
        lead=sentence(
            needed(len(wanted), is_late=is_late),
            amount=money(asked(facts)),
            count=str(len(wanted)),
            due=Strong(day_in_words(due)),
        ),
        parts=[
            Part(
                _("What we need"),
                [sentence(facts.text)] if facts.text else [],
                [sentence(FACTS[name].label if name in FACTS else kind_label(name)) for name in wanted],
            ),
            Part(
                _("What to do"),
                [advisor_of(facts.file)],
                [
                    sentence(_("Send it to your advisor, or bring it along: photographs of the papers will do.")),
                    sentence(_("Your request keeps its rank meanwhile.")),
                    sentence(closed if is_late else closing),
                ],
            ),
        ],
    )


def needed(count: int, *, is_late: bool) -> str:
    if is_late:
        return ngettext(
            "To examine your request for relief of %(amount)s we need %(count)s thing from you without delay: the last"
            " day to send it was %(due)s.",
            "To examine your request for relief of %(amount)s we need %(count)s things from you without delay: the last"
            " day to send them was %(due)s.",
            count,
        )
    return ngettext(
        "To examine your request for relief of %(amount)s we need %(count)s thing from you by %(due)s.",
        "To examine your request for relief of %(amount)s we need %(count)s things from you by %(due)s.",
        count,
    )
