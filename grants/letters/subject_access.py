"""The readable copy of what is held on a tenant: the same as the JSON beside it, on paper."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grants.eligibility import FACTS
from grants.enums import Action, FundStep, LineState, Opinion, State
from grants.letters import a4, fonts
from grants.letters.fonts import BOLD, PLAIN, unbroken
from grants.money import euros
from landlords.enums import Component

ACTIONS = dict(Action.choices) | dict(FundStep.choices)


def as_pdf(held: Mapping[str, Any], duties: Sequence[str]) -> bytes:
    """`held` as `exports.subject_access.held_on` gives it; `duties`: the sentences that say what is kept until when."""
    from reportlab.lib.units import mm

    paper = io.BytesIO()
    business = held["business"]
    title = _("Data held on %(business)s") % {"business": business["legal_name"]}
    margins = {"leftMargin": 20 * mm, "rightMargin": 20 * mm, "topMargin": 18 * mm, "bottomMargin": 18 * mm}
    document = a4.document(paper, title, **margins)
    page = Page()
    page.head(1, title)
    landlord = held["landlord"]
    page.text(
        _("Known to %(landlord)s (SIREN %(siren)s). Copy of %(day)s; documents and data file are beside it.")
        % {"landlord": landlord["name"], "siren": landlord["siren"], "day": shown(held["generated_at"])}
    )
    page.head(2, _("The business"))
    page.pairs(pairs_of_business(business))
    page.head(2, _("Contacts"))
    page.table(
        [_("Name"), _("E-mail"), _("Telephone")], [[c["name"], c["email"], c["phone"]] for c in held["contacts"]]
    )
    leases(page, held["leases"])
    for file in held["applications"]:
        application(page, file)
    page.head(2, _("How long it is kept"))
    for duty in duties or [_("No application of this business is kept.")]:
        page.text(duty)
    document.build(page.story, onFirstPage=numbered, onLaterPages=numbered)
    return paper.getvalue()


def pairs_of_business(business: Mapping[str, Any]) -> list[tuple[str, object]]:
    place = " ".join(filter(None, (business["address"], business["postcode"], business["commune"])))
    return [
        ("SIRET", business["siret"]),
        (_("Legal name"), business["legal_name"]),
        (_("Trade name"), business["trade_name"]),
        (_("Address"), place),
        (_("NAF codes"), " / ".join(filter(None, (business["naf_rev2"], business["naf_2025"])))),
        (_("Headcount"), business["headcount"]),
        (_("Started on"), business["started_on"]),
        (_("Sole trader"), business["is_natural_person"]),
    ]


def leases(page: "Page", held: Iterable[Mapping[str, Any]]) -> None:
    page.head(2, _("Leases"))
    for lease in held:
        place = lease["premises"]
        address = " ".join(filter(None, (place["address"], place["postcode"], place["commune"])))
        page.text(
            _("Lease %(reference)s, premises %(premises)s %(address)s, from %(start)s")
            % {
                "reference": lease["reference"],
                "premises": place["reference"],
                "address": address,
                "start": shown(lease["starts_on"]),
            }
        )
        page.table(
            [_("Period"), _("Component"), _("Net"), _("VAT included")],
            [
                [
                    f"{shown(call['period_start'])} - {shown(call['period_end'])}",
                    Component(call["component"]).label,
                    euros(call["net_cents"]),
                    euros(call["gross_cents"]),
                ]
                for call in lease["rent_calls"]
            ],
        )


def application(page: "Page", file: Mapping[str, Any]) -> None:
    page.head(2, _("Application %(reference)s") % {"reference": file["reference"]})
    page.pairs(
        [
            (_("Fund"), file["fund"]["name"]),
            (_("State"), State(file["state"]).label),
            (_("Submitted on"), file["submitted_on"]),
            (_("Decided on"), file["decided_on"]),
            (_("Closed on"), file["closed_on"]),
            (_("Contact"), file["contact_name"]),
        ]
    )
    page.head(3, _("Facts declared"))
    page.pairs(facts_of(file["facts"]))
    page.head(3, _("Relief lines"))
    page.table(
        [_("Month"), _("Component"), _("State"), _("Asked"), _("Approved")],
        [
            [
                f"{line['month']:%m/%Y}",
                Component(line["component"]).label,
                LineState(line["state"]).label,
                euros(line["asked_cents"]),
                "" if line["approved_cents"] is None else euros(line["approved_cents"]),
            ]
            for line in file["lines"]
        ],
    )
    page.head(3, _("Opinions"))
    page.table(
        [_("Date"), _("Opinion"), _("Notes")],
        [[shown(one["on"]), Opinion(one["opinion"]).label, shown(one["notes"])] for one in file["opinions"]],
    )
    page.head(3, _("Documents"))
    page.table(
        [_("Kind"), _("Name"), _("In the archive")],
        [[one["kind"], one["name"], one.get("path") or _("missing")] for one in file["documents"]],
    )
    page.head(3, _("Comments"))
    page.table([_("Date"), _("Comment")], [[shown(one["at"]), one["text"]] for one in file["comments"]])
    page.head(3, _("Auditors' notes"))
    page.table([_("Date"), _("Note")], [[shown(one["found_at"]), one["note"]] for one in file["auditors_notes"]])
    page.head(3, _("History"))
    page.table(
        [_("Date"), _("What was done"), _("Details")],
        [[shown(e["on"]), ACTIONS.get(e["action"], e["action"]), shown(e["detail"])] for e in file["events"]],
    )


def facts_of(facts: Mapping[str, Any]) -> list[tuple[str, object]]:
    """The facts with their labels; the months of the turnover are amounts like those whose name says so."""
    return [
        (
            str(FACTS[name].label) if name in FACTS else name,
            {f"{month}_cents": cents for month, cents in value.items()}
            if name == "turnover_by_month"
            else amount_or(name, value),
        )
        for name, value in facts.items()
    ]


def amount_or(name: str, value: object) -> object:
    return euros(value) if name.endswith("_cents") and isinstance(value, int) else value


def shown(value: object) -> str:
    """A value as its reader writes it; what has parts, part by part."""
    if value in (None, "", {}, []):
        return "-"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, Mapping):
        parts = ((name, amount_or(name, part)) for name, part in value.items())
        return "; ".join(f"{name.removesuffix('_cents')}: {shown(part)}" for name, part in parts)
    if isinstance(value, list | tuple):
        return ", ".join(shown(part) for part in value)
    return str(value)


def numbered(canvas: Any, document: Any) -> None:
    canvas.setFont(PLAIN, 8)
    canvas.drawRightString(document.pagesize[0] - document.rightMargin, 24, str(document.page))


class Page:
    """What goes on the paper, in order."""

    def __init__(self) -> None:
        from reportlab.lib.styles import getSampleStyleSheet

        fonts.register()
        self.story: list[Any] = []
        self.styles = getSampleStyleSheet()
        self.styles["BodyText"].fontSize = 9
        self.styles["BodyText"].leading = 12
        for name, style in self.styles.byName.items():
            style.fontName = BOLD if name.startswith("Heading") else PLAIN

    def head(self, level: int, text: str) -> None:
        from reportlab.platypus import Paragraph

        self.story.append(Paragraph(unbroken(text), self.styles[f"Heading{level}"]))

    def text(self, text: str) -> None:
        self.story.append(self.cell(text))

    def cell(self, text: object) -> Any:
        from reportlab.platypus import Paragraph

        return Paragraph(unbroken(text), self.styles["BodyText"])

    def pairs(self, pairs: Iterable[tuple[str, object]]) -> None:
        self.grid([[self.cell(name), self.cell(shown(value))] for name, value in pairs], [150, 330])

    def table(self, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        width = 480 // len(head)
        cells = [[self.cell(text) for text in row] for row in rows]
        self.grid([[self.cell(text) for text in head], *cells] if rows else [], [width] * len(head), headed=True)

    def grid(self, cells: list[list[Any]], widths: list[int], *, headed: bool = False) -> None:
        from reportlab.lib.colors import HexColor
        from reportlab.platypus import Table

        if not cells:
            self.text(_("None."))
            return
        line, ground = HexColor("#d5d9de"), HexColor("#eef1f3")
        style = [("LINEBELOW", (0, 0), (-1, -1), 1, line), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        if headed:
            style.append(("BACKGROUND", (0, 0), (-1, 0), ground))
        self.story.append(Table(cells, colWidths=widths, style=a4.ruled(style), repeatRows=int(headed), hAlign="LEFT"))
