"""The applications of a fund as a table: one row per relief line, with its file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from grants import ledger
from grants.enums import CapsBasis, LineState, ReliefForm, State
from grants.exceptions import Breach, RuleRefused
from grants.exports.kinds import ExportKind, Told, Wanted, Written
from grants.exports.ledger_files import CSV_OPTIONS, NAMES, dialect_of, name_of, with_names
from grants.exports.ledger_table import COMPONENTS, labelled
from grants.exports.tables import Column, Kind, Table, one_row, write_csv
from grants.exports.workbooks import workbook, write_sheets
from grants.money import BASIS_POINTS, Cents
from landlords.enums import Component

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

STATES: Final = {state.value: state.label for state in State}
LINE_STATES: Final = {state.value: state.label for state in LineState}
FORMS: Final = {form.value: form.label for form in ReliefForm}
BASES: Final = {basis.value: basis.label for basis in CapsBasis}

ROWS: Final = """
FROM grants_application application
JOIN grants_charter charter ON charter.id = application.charter_id
JOIN landlords_tenantbusiness tenant ON tenant.id = application.tenant_id
LEFT JOIN grants_reliefline line ON line.application_id = application.id
LEFT JOIN landlords_lease lease ON lease.id = line.lease_id
LEFT JOIN landlords_premises premises ON premises.id = line.premises_id
WHERE application.fund_id = {fund} AND ({drafts} OR application.state <> 'draft')
"""
ORDER: Final = (
    " ORDER BY application.rank NULLS LAST, application.id, line.month, lease.reference,"
    f" array_position(ARRAY{[component.value for component in Component]}::text[], line.component::text), line.id"
)
"""As people look for it: month by month, rent first."""

# As grants.money splits them: rounded half up to the cent, and gross = net + VAT.
NET: Final = (
    f"CASE WHEN charter.caps_basis = 'gross' THEN"
    f" (line.approved_cents * {2 * BASIS_POINTS} + {BASIS_POINTS} + line.vat_rate_bp)"
    f" / (2 * ({BASIS_POINTS} + line.vat_rate_bp)) ELSE line.approved_cents END"
)
VAT: Final = (
    f"CASE WHEN charter.caps_basis = 'gross' THEN line.approved_cents - {NET} ELSE"
    f" (line.approved_cents * line.vat_rate_bp * 2 + {BASIS_POINTS}) / {2 * BASIS_POINTS} END"
)


def rows_for(wanted: Wanted) -> sql.Composed:
    """Drafts are the chamber's own."""
    return sql.SQL(ROWS).format(fund=wanted.fund.pk, drafts=wanted.reader.sides == frozenset({"chamber"}))


def applications_table(wanted: Wanted, *, names: bool) -> Table:
    readable, technical = _columns(names=names and bool(wanted.reader.sides))
    return Table((*readable, *technical), rows_for(wanted) + sql.SQL(ORDER), len(readable))


def _columns(*, names: bool) -> tuple[list[Column], list[Column]]:
    """What people read, and what programs need beside it."""

    def column(name: str, label: "_StrPromise", kind: Kind, value: str, width: int = 12) -> Column:
        return Column(name, label, kind, sql.SQL(value), width)

    def coded(name: str, label: "_StrPromise", value: str, labels: "Mapping[str, Any]", width: int = 20) -> Column:
        return Column(name, label, Kind.CODE, labelled(value, labels), width)

    named = [
        column("tenant", _("Tenant business"), Kind.TEXT, "tenant.legal_name", 32),
        column("siret", _("SIRET"), Kind.CODE, "tenant.siret", 16),
    ]
    readable = [
        column("application", _("Application"), Kind.TEXT, "application.reference", 17),
        coded("state_label", _("State"), "application.state", STATES),
        *(named if names else []),
        column("lease", _("Lease"), Kind.TEXT, "lease.reference", 10),
        column("month", _("Month relieved"), Kind.DAY, "line.month", 11),
        coded("component_label", _("Component"), "line.component", COMPONENTS, 20),
        coded("line_state_label", _("State of the line"), "line.state", LINE_STATES, 13),
        column("asked", _("Asked (EUR)"), Kind.CENTS, "line.asked_cents"),
        column("proposed", _("Proposed (EUR)"), Kind.CENTS, "line.proposed_cents"),
        column("approved", _("Approved (EUR)"), Kind.CENTS, "line.approved_cents"),
        coded("basis", _("Amounts are"), "charter.caps_basis", BASES, 18),
        column("approved_net", _("Approved, net (EUR)"), Kind.CENTS, NET),
        column("approved_vat", _("VAT on it (EUR)"), Kind.CENTS, VAT),
        column("approved_gross", _("Approved, gross (EUR)"), Kind.CENTS, f"({NET}) + ({VAT})"),
        coded("form_label", _("Form of relief"), "line.form", FORMS, 26),
        column("voucher", _("Voucher"), Kind.TEXT, "nullif(line.voucher_ref, '')", 16),
        column("voucher_date", _("Date of the voucher"), Kind.DAY, "line.voucher_date", 11),
    ]
    return readable, [
        column("rank", _("Rank"), Kind.NUMBER, "application.rank", 7),
        column("premises", _("Premises"), Kind.TEXT, "premises.reference", 12),
        column("notice", _("Applied to the notice"), Kind.TEXT, "nullif(line.applied_to_notice, '')", 16),
        column("vat_rate", _("VAT rate (%)"), Kind.CENTS, "line.vat_rate_bp", 8),
        column("submitted_on", _("Filed on"), Kind.DAY, "application.submitted_on", 11),
        column("assessed_on", _("Assessed on"), Kind.DAY, "application.assessed_on", 11),
        column("decided_on", _("Decided on"), Kind.DAY, "application.decided_on", 11),
        column("closed_on", _("Closed on"), Kind.DAY, "application.closed_on", 11),
        column("charter_version", _("Charter version"), Kind.NUMBER, "charter.version", 9),
        column("state", _("State (code)"), Kind.CODE, "application.state", 14),
        column("component", _("Component (code)"), Kind.CODE, "line.component", 15),
        column("line_state", _("State of the line (code)"), Kind.CODE, "line.state", 11),
        column("form", _("Form of relief (code)"), Kind.CODE, "nullif(line.form, '')", 14),
        column("application_id", _("Application (identifier)"), Kind.CODE, "application.uuid", 38),
        column("line_id", _("Line (identifier)"), Kind.CODE, "line.uuid", 38),
    ]


class Sums(NamedTuple):
    """Of the rows: how many, and what they come to in the charter's basis, in cents."""

    rows: int
    asked: int
    approved: int
    credited: int
    reversed: int


SUMS: Final = """
SELECT count(*), coalesce(sum(line.asked_cents), 0)::bigint,
    coalesce(sum(line.approved_cents) FILTER (WHERE line.state = 'approved'), 0)::bigint,
    coalesce(sum(line.approved_cents) FILTER (WHERE line.state = 'credited'), 0)::bigint,
    coalesce(sum(line.approved_cents) FILTER (WHERE line.state = 'reversed'), 0)::bigint
"""


def sums(wanted: Wanted) -> Sums:
    """Raises RuleRefused where the files and the ledger do not agree to the cent."""
    told = Sums(*one_row(sql.SQL(SUMS) + rows_for(wanted)))
    held = ledger.position(wanted.fund.pk)
    compared = (
        (LineState.APPROVED, told.approved, held.committed_cents),
        (LineState.CREDITED, told.credited, held.credited_cents),
    )
    wrong = [
        Breach(
            "files_disagree",
            _("The lines “%(state)s” come to %(given)s, the ledger says %(held)s: verify the ledger first."),
            {"state": state.label, "given": Cents(given), "held": Cents(cents)},
        )
        for state, given, cents in compared
        if given != cents
    ]
    if wrong:
        raise RuleRefused(wrong)
    return told


def written(wanted: Wanted, folder: Path, suffix: str, write: Callable[[Table, Path, Sums], None]) -> Written:
    found = sums(wanted)
    name = name_of(wanted, "dossiers", suffix)
    write(applications_table(wanted, names=with_names(wanted)), folder / name, found)
    told = {
        "asked": found.asked,
        "approved": found.approved,
        "credited": found.credited,
        "reversed": found.reversed,
    }
    return Written(files=(name,), rows=found.rows, sums_cents=told)


def applications_csv(wanted: Wanted, folder: Path, told: Told) -> Written:
    def write(table: Table, path: Path, found: Sums) -> None:
        write_csv(table, path, dialect_of(wanted), told, found.rows)

    return written(wanted, folder, ".csv", write)


def applications_xlsx(wanted: Wanted, folder: Path, told: Told) -> Written:
    def write(table: Table, path: Path, found: Sums) -> None:
        with workbook(path, now("Applications")) as opened:
            write_sheets(opened, table, now("Applications"), told, found.rows)

    return written(wanted, folder, ".xlsx", write)


APPLICATIONS_CSV: Final = ExportKind(
    code="applications-csv",
    label=_("Applications, line by line (CSV)"),
    what=_("One row per month relieved with its application: state, amounts, voucher, days. As it stands now."),
    write=applications_csv,
    options=(*CSV_OPTIONS, NAMES),
    dates=frozenset(),
)
APPLICATIONS_XLSX: Final = ExportKind(
    code="applications-xlsx",
    label=_("Applications, line by line (Excel)"),
    what=_(
        "One row per month relieved with its application, as a workbook with filters, for whoever follows the"
        " applications."
    ),
    write=applications_xlsx,
    options=(NAMES,),
    dates=frozenset(),
)
