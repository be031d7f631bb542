"""The rows of the relief journal, made by PostgreSQL: a million of them are sorted and numbered there, not in Python.

What an entry says is what was known when it was posted: the voucher, its date and the VAT regimes are the credit's own
event, the accounts are those of the charter version then in force; the journal, the tenant and the lease are called as
they were. So a year that is over comes out the same however often it is asked for. Only erasing a file renames its
tenant and leases in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product, zip_longest
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.utils.translation import gettext_lazy as _

from grants import accounts
from grants.enums import FecMode, LedgerKind, ReliefForm
from grants.exceptions import BadInput, Breach, RuleRefused
from grants.models import Charter, ExportSettings, Fund
from landlords.enums import Component, VatRegime

NOT_TO_IMPORT: Final = " - CONTRÔLE, NE PAS IMPORTER"
BOOKED_KINDS: Final = (LedgerKind.CREDIT, LedgerKind.UNCREDIT, LedgerKind.REVERSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Which movements of a fund, and for whom. `upto_number`: the last ledger entry looked at."""

    fund: Fund
    first: date
    last: date
    upto_number: int
    names_people: bool

    def parameters(self) -> dict[str, Any]:
        from psycopg.types.json import Jsonb

        return {
            "fund": self.fund.pk,
            "landlord": self.fund.landlord_id,
            "first": self.first,
            "last": self.last,
            "upto": self.upto_number,
            "names_people": self.names_people,
            "books": Jsonb(list(books(self.fund))),
            "journals": Jsonb(list(journals(self.fund))),
        }


def books(fund: Fund) -> Iterator[dict[str, object]]:
    """Every version's accounts for every form, component and regime, and from when until when they are the ones.

    Raises RuleRefused naming the versions whose accounts can't be read.
    """
    versions = list(Charter.objects.filter(fund=fund, confirmed_at__isnull=False).order_by("version"))
    refuse_unreadable(versions)
    for version, following in zip_longest(versions, versions[1:]):
        yield from books_of(version, None if version is versions[0] else version.confirmed_at, following)


def refuse_unreadable(versions: Sequence[Charter]) -> None:
    found = []
    for version in versions:
        try:
            accounts.read(version.accounts)
        except BadInput as refusal:
            message = _("Accounts of version %(version)s of the charter, %(place)s: %(problem)s")
            found += [
                Breach(
                    "accounts", message, {"version": version.version, "place": fault.pointer or "-", "problem": fault}
                )
                for fault in refusal.breaches
            ]
    if found:
        raise RuleRefused(found)


def books_of(version: Charter, since: datetime | None, following: Charter | None) -> Iterator[dict[str, object]]:
    said = accounts.read(version.accounts)
    receivable = said.of_receivable()
    for form, component, regime in product(ReliefForm, Component, VatRegime):
        relief, vat = said.of_relief(form, component, regime), said.of_vat(regime)
        yield {
            "since": since.isoformat() if since else "-infinity",
            "until": following.confirmed_at.isoformat() if following and following.confirmed_at else "infinity",
            "form": form.value,
            "component": component.value,
            "regime": regime.value,
            "relief": relief.account if relief else None,
            "relief_label": relief.name if relief else None,
            "vat": vat.account,
            "vat_label": vat.name,
            "receivable": receivable.account,
            "receivable_label": receivable.name,
        }


def journals(fund: Fund) -> Iterator[dict[str, object]]:
    """What the settings called the journal, from when until when: former ones are dated when they were replaced."""
    formers = apps.get_model("grants", "ExportSettingsEvent").objects.filter(fund=fund)
    columns = ("journal_code", "journal_label", "fec_mode", "pgh_created_at")
    now = ExportSettings.of(fund)
    versions = [*formers.order_by("pgh_created_at", "pgh_id").values_list(*columns)]
    since = "-infinity"
    for code, label, mode, replaced_at in [*versions, (now.journal_code, now.journal_label, now.fec_mode, None)]:
        until = replaced_at.isoformat() if replaced_at else "infinity"
        full = label + (NOT_TO_IMPORT if mode == FecMode.CONTROL else "")
        yield {"since": since, "until": until, "code": code, "label": full}
        since = until


def ledger_sums(journal: Journal) -> dict[str, int]:
    """What the ledger says of the same movements, in cents of the charters' basis."""
    with connection.cursor() as cursor:
        cursor.execute(LEDGER_SUMS, journal.parameters())
        credited, undone, not_booked, rows = cursor.fetchone()
    return {"credited": credited, "undone": undone, "not_booked": not_booked, "movements": rows}


ONE_LINE: Final = (
    r"coalesce(nullif(btrim(regexp_replace(normalize({text}, NFC),"
    r" '[\u0001-\u0020\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff|]+', ' ', 'g')), ''), '?')"
)
"""What a field can hold of a text: no separator, control or direction mark, no bar; never nothing."""


def one_line(text: str) -> str:
    return ONE_LINE.format(text=text)


# The text of a query is ours alone; values are its parameters.
MOVEMENTS: Final = f"""
WITH book AS MATERIALIZED (
    SELECT since, until, form, component, regime, relief, {one_line("relief_label")} AS relief_label,
        vat, {one_line("vat_label")} AS vat_label, receivable, {one_line("receivable_label")} AS receivable_label
    FROM jsonb_to_recordset(%(books)s) AS book(
        since timestamptz, until timestamptz, form text, component text, regime text,
        relief text, relief_label text, vat text, vat_label text, receivable text, receivable_label text)
), tenant AS MATERIALIZED (
    -- What a business was called, from when until when: a former version is dated when it was replaced.
    SELECT id, coalesce(siret, 'LOC' || lpad(id::text, 9, '0')) AS number, is_natural_person,
        coalesce(lag(until) OVER (PARTITION BY id ORDER BY until), '-infinity') AS since, until,
        {one_line("legal_name")} AS name
    FROM (
        SELECT id, siret, legal_name, is_natural_person, 'infinity'::timestamptz AS until
        FROM landlords_tenantbusiness WHERE landlord_id = %(landlord)s
        UNION ALL
        SELECT pgh_obj_id, siret, legal_name, is_natural_person, pgh_created_at
        FROM landlords_tenantbusinessevent WHERE landlord_id = %(landlord)s
    ) version
), lease AS MATERIALIZED (
    SELECT id, vat_regime, {one_line("reference")} AS reference,
        coalesce(lag(until) OVER (PARTITION BY id ORDER BY until), '-infinity') AS since, until
    FROM (
        SELECT id, vat_regime, reference, 'infinity'::timestamptz AS until
        FROM landlords_lease WHERE landlord_id = %(landlord)s
        UNION ALL
        SELECT pgh_obj_id, vat_regime, reference, pgh_created_at
        FROM landlords_leaseevent WHERE landlord_id = %(landlord)s
    ) version
), moved AS (
    -- An undone credit is booked where and as it was credited.
    SELECT number, kind, amount_cents, value_date, posted_at, event_id, relief_line_id, application_id,
        event_id AS credit_event_id, posted_at AS booked_at
    FROM grants_ledgerentry
    WHERE fund_id = %(fund)s AND value_date BETWEEN %(first)s AND %(last)s AND number <= %(upto)s AND kind = 'credit'
    UNION ALL
    SELECT entry.number, entry.kind, entry.amount_cents, entry.value_date, entry.posted_at, entry.event_id,
        entry.relief_line_id, entry.application_id, credit.event_id, credit.posted_at
    FROM grants_ledgerentry entry JOIN grants_ledgerentry credit ON credit.id = entry.reverses_id
    WHERE entry.fund_id = %(fund)s AND entry.value_date BETWEEN %(first)s AND %(last)s AND entry.number <= %(upto)s
), movement AS (
    SELECT moved.*, book.*, credit.data ->> 'voucher' AS voucher, line.month, line.lease_id, file.tenant_id,
        coalesce((credit.data ->> 'voucher_date')::date, credit."on") AS voucher_date,
        CASE WHEN charter.caps_basis = 'gross'
            THEN (amount_cents * 20000 + 10000 + line.vat_rate_bp) / (2 * (10000 + line.vat_rate_bp))
            ELSE amount_cents END AS net_cents,
        CASE WHEN charter.caps_basis = 'gross' THEN amount_cents
            ELSE amount_cents + (amount_cents * line.vat_rate_bp * 2 + 10000) / 20000 END AS gross_cents
    FROM moved
    JOIN grants_event credit ON credit.id = moved.credit_event_id
    JOIN grants_reliefline line ON line.id = moved.relief_line_id
    JOIN grants_application file ON file.id = moved.application_id
    JOIN grants_charter charter ON charter.id = file.charter_id
    JOIN lease ON lease.id = line.lease_id AND moved.booked_at >= lease.since AND moved.booked_at < lease.until
    JOIN book ON book.form = credit.data ->> 'form' AND book.component = line.component
        AND book.regime = coalesce(credit.data -> 'regimes' ->> line.id::text, lease.vat_regime)
        AND moved.booked_at >= book.since AND moved.booked_at < book.until
)"""  # noqa: S608 # see above

ROWS: Final = f"""{MOVEMENTS}, entry AS (
    SELECT movement.*,
        -- An event has its number under the fund's lock: events are numbered in the order of the ledger.
        dense_rank() OVER (ORDER BY event_id, credit_event_id) AS entry,
        max((posted_at AT TIME ZONE 'Europe/Paris')::date) OVER (ORDER BY event_id, credit_event_id, number) AS valid
    FROM movement WHERE relief IS NOT NULL
)
SELECT journal.code, journal.label, entry.entry, to_char(value_date, 'YYYYMMDD'), side.account, side.account_label,
    CASE WHEN side.place = 3 THEN
        CASE WHEN %(names_people)s OR NOT tenant.is_natural_person THEN tenant.number
            ELSE 'LOC' || lpad(tenant.id::text, 9, '0') END END,
    CASE WHEN side.place = 3 THEN
        CASE WHEN %(names_people)s OR NOT tenant.is_natural_person THEN tenant.name
            ELSE 'Entreprise individuelle (nom masqué)' END END,
    {one_line("voucher")}, to_char(voucher_date, 'YYYYMMDD'),
    CASE kind WHEN 'credit' THEN 'Allègement ' WHEN 'reverse' THEN 'Annulation allègement '
        ELSE 'Contre-passation allègement ' END
    || CASE component WHEN 'rent' THEN 'loyer ' WHEN 'charges' THEN 'charges ' ELSE 'impôts refacturés ' END
    || (ARRAY['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre', 'octobre',
        'novembre', 'décembre'])[extract(month FROM month)::int]
    || to_char(month, ' YYYY') || ' bail ' || lease.reference,
    CASE WHEN side.at_debit THEN side.cents / 100 || ',' || lpad((side.cents %% 100)::text, 2, '0') ELSE '0,00' END,
    CASE WHEN side.at_debit THEN '0,00' ELSE side.cents / 100 || ',' || lpad((side.cents %% 100)::text, 2, '0') END,
    NULL, NULL, to_char(valid, 'YYYYMMDD'), NULL, NULL
FROM entry
JOIN tenant ON tenant.id = entry.tenant_id AND entry.posted_at >= tenant.since AND entry.posted_at < tenant.until
JOIN lease ON lease.id = entry.lease_id AND entry.posted_at >= lease.since AND entry.posted_at < lease.until
JOIN jsonb_to_recordset(%(journals)s) AS journal(since timestamptz, until timestamptz, code text, label text)
    ON entry.posted_at >= journal.since AND entry.posted_at < journal.until
CROSS JOIN LATERAL (VALUES
    (1, relief, relief_label, net_cents, kind = 'credit'),
    (2, vat, vat_label, gross_cents - net_cents, kind = 'credit'),
    (3, receivable, receivable_label, gross_cents, kind <> 'credit')
) AS side(place, account, account_label, cents, at_debit)
WHERE side.cents > 0
ORDER BY entry.event_id, entry.credit_event_id, entry.number, side.place
"""  # noqa: S608 # see above

LEDGER_SUMS: Final = f"""{MOVEMENTS}
SELECT coalesce(sum(amount_cents) FILTER (WHERE kind = 'credit'), 0)::bigint,
    coalesce(sum(amount_cents) FILTER (WHERE kind <> 'credit'), 0)::bigint,
    coalesce(sum(amount_cents * CASE kind WHEN 'credit' THEN 1 ELSE -1 END) FILTER (WHERE relief IS NULL), 0)::bigint,
    count(*)
FROM movement
"""  # noqa: S608 # see above

# Nothing is quoted: no value holds the character that quotes, a tab or a line break, and what is empty is NULL.
COPY: Final = f"COPY ({ROWS}) TO STDOUT (FORMAT csv, DELIMITER E'\\t', QUOTE E'\\x01')"
