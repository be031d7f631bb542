"""The working papers of a sample (dossier de contrôle) on A4: a cover with what it says, then a sheet per file."""

import io
from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext as _

from grants.control import words
from grants.control.leaf import Leaf, Step, WorkingPapers
from grants.control.projection import Looked, Projection
from grants.control.words import day, moment
from grants.enums import Found
from grants.letters import a4, fonts
from grants.letters.working_parts import (
    GROUND,
    MARGIN,
    PADDING,
    QUIET,
    WIDTH,
    box,
    facts,
    heading,
    mark,
    table,
    text,
)
from grants.models import Application, Sample
from grants.money import euros, percent

TONES: Final = {"": GROUND, Found.NOTHING: "#e0f0e3", Found.MINOR: "#fbeccb", Found.AT_RISK: "#fae3df"}
"""The ground of a finding; its words say the same."""


def as_pdf(papers: WorkingPapers) -> bytes:
    """No clock, nothing random: the same findings give the same bytes."""
    from reportlab.platypus import PageBreak

    sample = papers.sample
    written = io.BytesIO()
    document = a4.document(
        written,
        " - ".join((_("Working papers"), words.title_of(sample), sample.fund.name)),
        subject=fonts.printable(words.population_words(sample)),
        invariant=True,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 14,
    )
    story = [*cover(papers)]
    for leaf in papers.leaves:
        story += [PageBreak(), *sheet(papers, leaf)]
    document.build(story, canvasmaker=counted(sample))
    return written.getvalue()


def counted(sample: Sample) -> type:
    """A canvas whose foot tells the sample, the file of the page and how many pages there are."""
    from grants.letters.sheets import NumberedCanvas, write

    left = " · ".join((_("Working papers"), words.title_of(sample), sample.fund.code))

    class Counted(NumberedCanvas):
        def __init__(self, *args: Any, **given: Any) -> None:
            super().__init__(*args, **given)
            self.marked = ""

        def numbered(self, number: int, of_all: int) -> None:
            write(self, " · ".join(filter(None, (left, self.marked))), MARGIN + PADDING, 30, 8, colour=QUIET)
            of = _("page %(n)s of %(pages)s") % {"n": number, "pages": of_all}
            write(self, of, MARGIN + PADDING + WIDTH, 30, 8, colour=QUIET, right=True)

    return Counted


# The cover.


def cover(papers: WorkingPapers) -> Iterator[Any]:
    """What was drawn, what it says, how anybody checks it."""
    from reportlab.platypus import KeepTogether, Spacer

    sample, found = papers.sample, papers.projection
    fund = sample.fund
    yield text(f"{fund.landlord.name} · {fund.name} ({fund.code})", quiet=True, after=6)
    yield text(_("Working papers"), 20, bold=True, after=12)
    yield text(f"{words.title_of(sample)} · {words.population_words(sample)}", 12, bold=True, accent=True, after=8)
    yield box([text(words.result_sentence(found), 11, bold=True), text(words.closing_words(sample))], GROUND)
    yield Spacer(1, 6)
    yield facts(
        [
            (_("Method"), sample.get_method_display()),
            (_("Seed"), sample.seed),
            (_("Population"), size(sample.population_count, sample.population_cents)),
            *undone(sample),
            (_("Drawn"), size(found.drawn, found.looked_cents)),
            (_("Share of the amount looked at"), percent(found.coverage_bp)),
            (_("Drawn by"), f"{sample.made_by}, {moment(sample.made_at)}"),
        ]
    )
    yield from heading(_("Stratum by stratum"))
    yield strata(papers)
    yield from heading(_("How the projected error is reckoned, and its limits"))
    for sentence in (words.formula(), *words.limits(found)):
        yield text(sentence)
    yield from heading(_("How to draw it again"))
    for sentence in (*words.how_drawn(sample), words.redraw_sentence(papers.again)):
        yield text(sentence)
    if sample.conclusion:
        yield from heading(_("Conclusion") if sample.state == "signed" else _("Why it is given up"))
        yield text(sample.conclusion)
    room = [] if sample.closed_at else [Spacer(1, 6), text(_("Name, date, signature:"), quiet=True), Spacer(1, 34)]
    yield KeepTogether([*heading(_("Sign-off")), text(words.closing_words(sample)), *room])
    yield from heading(_("Units drawn"))
    yield units(papers)


def size(count: int, cents: int) -> str:
    return _("%(count)s units, %(amount)s") % {"count": count, "amount": euros(cents)}


def undone(sample: Sample) -> Iterator[tuple[str, str]]:
    if sample.undone_cents:
        yield _("Not part of it"), _("%(amount)s undone of earlier periods") % {"amount": euros(sample.undone_cents)}


def strata(papers: WorkingPapers) -> Any:
    heads = (
        *(_("Stratum"), _("Units"), _("Amount"), _("Drawn")),
        *(_("Amount looked at"), _("Error found"), _("Projected error")),
    )
    found = papers.projection
    named = [words.stratum_words(stratum) for stratum in papers.sample.strata]
    rows = [stratum_row(name, one) for name, one in zip(named, found.strata, strict=True)]
    rows.append(stratum_row(_("Total"), found))
    return table(heads, rows, (133, 40, 72, 38, 72, 64, 68), amounts=6)


def stratum_row(name: str, one: Looked | Projection) -> tuple[object, ...]:
    money = map(euros, (one.looked_cents, one.error_cents, one.projected_cents))
    return (name, one.count, euros(one.cents), one.drawn, *money)


def units(papers: WorkingPapers) -> Any:
    rows = [
        (
            leaf.item.position,
            f"{leaf.file.reference} · {leaf.file.tenant}",
            words.found_words(leaf.item.outcome),
            euros(leaf.item.cents),
            euros(leaf.item.at_risk_cents) if leaf.item.at_risk_cents else "-",
        )
        for leaf in papers.leaves
    ]
    heads = (_("Sheet"), _("Application"), _("Finding"), _("Amount"), _("Amount at risk"))
    return table(heads, rows, (36, 217, 104, 64, 66), amounts=2)


# A sheet.


def sheet(papers: WorkingPapers, leaf: Leaf) -> Iterator[Any]:
    """What was found in a file, then all that was looked at."""
    from reportlab.platypus import Spacer

    item, file, sample = leaf.item, leaf.file, papers.sample
    number = _("Sheet %(n)s of %(all)s") % {"n": item.position, "all": sample.item_count}
    yield mark(f"{number} · {file.reference}")
    yield text(f"{number} · {words.stratum_words(sample.strata[item.stratum])}", quiet=True)
    yield text(f"{file.reference} · {file.tenant}", 14, bold=True, after=2)
    yield text(" · ".join(filter(None, (siret_of(file), file.tenant.place))), quiet=True, after=6)
    yield finding(leaf)
    yield from heading(_("What was drawn"))
    yield facts(
        [
            (_("Amount"), euros(item.cents)),
            (_("State"), file.get_state_display()),
            (_("Charter"), _("version %(version)s") % {"version": file.charter.version}),
            (_("SHA-256"), item.digest),
        ]
    )
    yield Spacer(1, 5)
    yield lines(leaf)
    if leaf.facts:
        yield from heading(_("Facts declared"))
        yield facts([(label, ", ".join(parts)) for label, parts in leaf.facts])
    yield from criteria(leaf)
    yield from heading(_("Movements of the journal"))
    yield movements(leaf)
    yield from heading(_("History of the file"))
    yield facts([(day(step.on), told(step)) for step in leaf.history], 70)
    if leaf.letters:
        yield from heading(_("Letters"))
        yield facts(
            [(one.get_kind_display(), f"{words.letter_words(one)}\nSHA-256 {one.sha256}") for one in leaf.letters]
        )
    if leaf.papers:
        yield from heading(_("Documents"))
        yield facts([(one.kind, f"{one.name}\nSHA-256 {one.sha256}") for one in leaf.papers])


def siret_of(file: Application) -> str:
    return f"SIRET {file.tenant.siret}" if file.tenant.siret else ""


def finding(leaf: Leaf) -> Any:
    item = leaf.item
    said = [text(_("Finding: %(found)s") % {"found": words.found_words(item.outcome)}, 11, bold=True)]
    if item.at_risk_cents:
        of = {"risk": euros(item.at_risk_cents), "amount": euros(item.cents)}
        said.append(text(_("%(risk)s at risk of %(amount)s") % of, 10, bold=True))
    if leaf.note:
        said.append(text(leaf.note))
    if item.found_at:
        said.append(text(f"{item.found_by}, {moment(item.found_at)}", 8, quiet=True))
    else:
        # Room to write by hand.
        said.append(text("", after=70))
    return box(said, TONES[item.outcome])


def lines(leaf: Leaf) -> Any:
    heads = (_("Month"), _("Lease"), _("Component"), _("Voucher"), _("Asked"), _("Approved"))
    rows = [
        (
            f"{line.month:%m/%Y}",
            line.lease.reference,
            line.get_component_display(),
            f"{line.voucher_ref} {day(line.voucher_date)}" if line.voucher_date else "-",
            euros(line.asked_cents),
            "-" if line.approved_cents is None else euros(line.approved_cents),
        )
        for line in leaf.lines
    ]
    return table(heads, rows, (48, 84, 100, 115, 70, 70), amounts=2)


def criteria(leaf: Leaf) -> Iterator[Any]:
    """The last opinion, as far as its reader may know it."""
    if leaf.assessment is None:
        return
    opinion = leaf.assessment
    yield from heading(_("Opinion: %(opinion)s") % {"opinion": opinion["opinion_label"]})
    yield text(_("Given by %(by)s on %(on)s.") % {"by": opinion["by"], "on": day(opinion["on"])}, quiet=True)
    for one in opinion["findings"]:
        yield text(f"{one['label']}{_(':')} {one['outcome_label']}. {one['sentence']} {one['note']}")


def movements(leaf: Leaf) -> Any:
    of = {line.pk: line for line in leaf.lines}
    heads = (_("Number"), _("Value date"), _("Movement"), _("Month"), _("Component"), _("Amount"))
    rows = [
        (
            entry.number,
            day(entry.value_date),
            entry.get_kind_display(),
            f"{of[entry.relief_line_id or 0].month:%m/%Y}",
            of[entry.relief_line_id or 0].get_component_display(),
            euros(entry.amount_cents),
        )
        for entry in leaf.entries
    ]
    return table(heads, rows, (50, 66, 131, 50, 110, 80), amounts=1)


def told(step: Step) -> str:
    amount = f" · {euros(step.cents)}" if step.cents else ""
    return "\n".join([f"{step.what}{amount} · {step.who}", *step.words])
