"""The working papers of a sample as a workbook: cover, sheets, movements, and the whole population with its lots."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from grants.control import words
from grants.control.draw import digest_of, stratum_of
from grants.control.leaf import Leaf, WorkingPapers
from grants.control.projection import Looked, Projection
from grants.control.results import plan_of
from grants.exports.sheets import Column, Kind, Sheet, write_xlsx
from grants.money import percent

WIDE: Final = 60


def as_xlsx(papers: WorkingPapers, path: Path) -> None:
    sample = papers.sample
    title = f"{words.title_of(sample)} - {sample.fund.code}"
    sheets = [cover(papers), strata(papers), files(papers), history(papers), movements(papers), population(papers)]
    write_xlsx(path, sheets, title=title)


def cover(papers: WorkingPapers) -> Sheet:
    """Line by line what stands on the paper's cover."""
    sample, found = papers.sample, papers.projection
    rows = [
        (_("Sample"), f"{words.title_of(sample)} - {sample.fund.name} ({sample.fund.code})"),
        (_("Population"), words.population_words(sample)),
        (_("Method"), sample.get_method_display()),
        (_("Seed"), sample.seed),
        (_("Drawn by"), str(sample.made_by)),
        (_("Drawn at"), words.moment(sample.made_at)),
        *((_("How it was drawn"), sentence) for sentence in words.how_drawn(sample)),
        (_("Drawn again"), words.redraw_sentence(papers.again)),
        (_("Result"), words.result_sentence(found)),
        (_("Share of the amount looked at"), percent(found.coverage_bp)),
        (_("Formula"), words.formula()),
        *((_("Limits"), sentence) for sentence in words.limits(found)),
        (_("Conclusion"), sample.conclusion),
        (_("Sign-off"), words.closing_words(sample)),
    ]
    return Sheet(_("Cover"), [Column(_("What"), width=24), Column(_("Text"), width=100)], rows)


def strata(papers: WorkingPapers) -> Sheet:
    columns = [
        Column(_("Stratum"), width=34),
        Column(_("Units"), Kind.WHOLE, 10),
        Column(_("Amount"), Kind.EUROS),
        Column(_("Drawn"), Kind.WHOLE, 10),
        Column(_("Amount looked at"), Kind.EUROS),
        Column(_("Minor"), Kind.WHOLE, 10),
        Column(_("With an amount at risk"), Kind.WHOLE, 12),
        Column(_("Error found"), Kind.EUROS),
        Column(_("Projected error"), Kind.EUROS),
    ]
    rows = [
        (words.stratum_words(stratum), *figures(one))
        for stratum, one in zip(papers.sample.strata, papers.projection.strata, strict=True)
    ]
    return Sheet(_("Strata"), columns, rows, (_("Total"), *figures(papers.projection)))


def figures(one: Looked | Projection) -> tuple[int, ...]:
    """Of a stratum, or of all."""
    looked = (one.count, one.cents, one.drawn, one.looked_cents)
    return (*looked, one.minor, one.errors, one.error_cents, one.projected_cents)


def files(papers: WorkingPapers) -> Sheet:
    """A row for each sheet: where findings are typed back from."""
    columns = [
        Column(_("Sheet"), Kind.WHOLE, 8),
        Column(_("Application"), width=22),
        Column(_("Tenant business"), width=32),
        Column(_("Month and component"), width=28),
        Column(_("Stratum"), width=30),
        Column(_("Amount"), Kind.EUROS),
        Column(_("Finding"), width=26),
        Column(_("Amount at risk"), Kind.EUROS),
        Column(_("Note"), width=WIDE),
        Column(_("Found by"), width=24),
        Column(_("Facts declared"), width=WIDE),
        Column(_("Criteria"), width=WIDE),
        Column(_("Documents"), width=WIDE),
        Column(_("Letters"), width=WIDE),
    ]
    return Sheet(_("Files"), columns, (file_row(papers, leaf) for leaf in papers.leaves))


def file_row(papers: WorkingPapers, leaf: Leaf) -> tuple[object, ...]:
    item = leaf.item
    findings = leaf.assessment["findings"] if leaf.assessment else []
    return (
        item.position,
        leaf.file.reference,
        str(leaf.file.tenant),
        ", ".join(f"{line.month:%m/%Y} {line.get_component_display()}" for line in leaf.lines),
        words.stratum_words(papers.sample.strata[item.stratum]),
        item.cents,
        words.found_words(item.outcome),
        item.at_risk_cents or None,
        leaf.note,
        str(item.found_by) if item.found_by else "",
        "\n".join(f"{label}: {', '.join(parts)}" for label, parts in leaf.facts),
        "\n".join(f"{one['label']}: {one['outcome_label']}. {one['sentence']}" for one in findings),
        "\n".join(f"{paper.kind}: {paper.name} (SHA-256 {paper.sha256})" for paper in leaf.papers),
        "\n".join(f"{one.get_kind_display()} {words.letter_words(one)}" for one in leaf.letters),
    )


def history(papers: WorkingPapers) -> Sheet:
    columns = [
        Column(_("Sheet"), Kind.WHOLE, 8),
        Column(_("Application"), width=22),
        Column(_("Date"), Kind.DAY, 12),
        Column(_("What was done"), width=36),
        Column(_("Recorded by"), width=24),
        Column(_("Amount"), Kind.EUROS),
        Column(_("Words"), width=WIDE),
    ]
    rows = (
        (leaf.item.position, leaf.file.reference, step.on, step.what, step.who, step.cents, " ".join(step.words))
        for leaf in papers.leaves
        for step in leaf.history
    )
    return Sheet(_("History"), columns, rows)


def movements(papers: WorkingPapers) -> Sheet:
    columns = [
        Column(_("Sheet"), Kind.WHOLE, 8),
        Column(_("Application"), width=22),
        Column(_("Number"), Kind.WHOLE, 10),
        Column(_("Value date"), Kind.DAY, 12),
        Column(_("Movement"), width=24),
        Column(_("Lease"), width=18),
        Column(_("Month"), Kind.DAY, 12),
        Column(_("Component"), width=22),
        Column(_("Amount"), Kind.EUROS),
        Column(_("Voucher"), width=22),
        Column(_("Digest"), width=66),
    ]
    return Sheet(_("Movements"), columns, movement_rows(papers))


def movement_rows(papers: WorkingPapers) -> Iterator[tuple[object, ...]]:
    for leaf in papers.leaves:
        lines = {line.pk: line for line in leaf.lines}
        for entry in leaf.entries:
            line = lines[entry.relief_line_id or 0]
            known = (leaf.item.position, leaf.file.reference, entry.number, entry.value_date)
            place = (line.lease.reference, line.month, line.get_component_display())
            yield (*known, entry.get_kind_display(), *place, entry.amount_cents, line.voucher_ref, entry.digest)


def population(papers: WorkingPapers) -> Sheet:
    """Every unit with its lot: sort a stratum by its digests, and the first ones are the sample."""
    plan = plan_of(papers.sample)
    drawn = {lot.unit.key for lot in papers.again.lots}
    columns = [
        Column(_("Key"), width=40),
        Column(_("Amount"), Kind.EUROS),
        Column(_("Stratum"), width=34),
        Column(_("SHA-256 of seed, line feed and key"), width=68),
        Column(_("Drawn"), width=10),
    ]
    rows = (
        (
            unit.key,
            unit.cents,
            words.stratum_words(papers.sample.strata[stratum_of(unit.cents, plan.strata)]),
            digest_of(plan.seed, unit.key),
            _("yes") if unit.key in drawn else "",
        )
        for unit in papers.again.population.units
    )
    return Sheet(_("Population"), columns, rows)
