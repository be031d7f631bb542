"""Adds rows to a fund's ledger: numbers and chains them in Python; the database checks them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, IntegrityError, connection
from django.utils.translation import gettext_lazy as _

from grants.enums import LEDGER_ROUTES, Account, LedgerKind
from grants.exceptions import Breach, RuleRefused
from grants.ledger.canonical import canonical_text, digest
from grants.ledger.models import LedgerEntry
from grants.ledger.positions import LockedPosition, today
from grants.money import Cents

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Plain strings: what the driver and the hash see is the code, not the enum's member.
ROUTES: Mapping[str, tuple[str, str, str]] = {
    kind.value: (kind.value, source.value, target.value) for kind, (source, target) in LEDGER_ROUTES.items()
}
ENDOWMENT = Account.ENDOWMENT.value

COLUMNS = (
    "fund_id",
    "number",
    "kind",
    "source",
    "target",
    "amount_cents",
    "event_id",
    "application_id",
    "relief_line_id",
    "charter_id",
    "value_date",
    "posted_at",
    "reverses_id",
    "available_after",
    "reserved_after",
    "committed_after",
    "credited_after",
    "digest",
)

SHORT: Mapping[str, "_StrPromise"] = {
    Account.AVAILABLE: _("The fund has %(held)s available: %(missing)s short."),
    Account.RESERVED: _("%(held)s are reserved: %(missing)s short."),
    Account.COMMITTED: _("%(held)s are committed: %(missing)s short."),
    Account.CREDITED: _("%(held)s are credited: %(missing)s short."),
}

# What the database's constraints and triggers refuse, in words. Python says most of it first, and with figures.
REFUSALS: Mapping[str, tuple[str, "_StrPromise"]] = {
    "ledger_available_not_negative": ("shortfall", _("The fund doesn't have that much available.")),
    "ledger_reserved_not_negative": ("shortfall", _("Not that much is reserved.")),
    "ledger_committed_not_negative": ("shortfall", _("Not that much is committed.")),
    "ledger_credited_not_negative": ("shortfall", _("Not that much is credited.")),
    "position_within_ceiling": ("ceiling", _("What is endowed can't exceed the charter's ceiling.")),
    "ledger_value_date_order": ("value_date", _("A value date can't be before the last entry's.")),
    "ledger_value_date_future": ("value_date", _("A value date can't be in the future.")),
    "ledger_dates_in_range": ("value_date", _("The fund's ledger has no dates before 1 January 1999.")),
    "ledger_books_closed": ("books_closed", _("The fund's books are closed up to that day.")),
    "ledger_amount_positive": ("amount", _("A ledger entry moves a positive amount.")),
    "ledger_route": ("route", _("A ledger entry moves money between the two accounts of its kind.")),
    "ledger_line_named": (
        "line",
        _("An entry names an application and a relief line, unless it endows or withdraws an endowment."),
    ),
    "ledger_line_of_application": ("line", _("The entry's relief line isn't this application's in this fund.")),
    "ledger_event_of_fund": ("event", _("The entry's event belongs to another fund.")),
    "ledger_charter_of_fund": ("charter", _("The entry's charter isn't a confirmed version of this fund's.")),
    "ledger_charter_current": ("charter", _("An endowment is made under the current charter version.")),
    "ledger_reverses_named": ("reverses", _("An entry that undoes a credit names it, and no other entry does.")),
    "ledger_reverses_credit": (
        "reverses",
        _("The entry undone must be a credit of the same fund, relief line and amount."),
    ),
    "grants_ledgerentry_reverses_id_key": ("reversed_already", _("This credit was already undone.")),
    "ledger_number_from_one": ("number", _("Entries are numbered from 1.")),
    "ledger_number_unique": ("number", _("Another entry bears this number.")),
    "ledger_number_follows": ("number", _("Entries are numbered without a gap.")),
    "ledger_balances": ("balance", _("The balances after an entry don't follow from those before it.")),
    "ledger_digest": ("digest", _("The entry's digest doesn't match its content and the entry before it.")),
    "ledger_append_only": ("append_only", _("What was posted to the ledger stays as it is.")),
    "position_is_the_ledgers": ("position", _("A fund's position is what its ledger and its charter say.")),
    "fund_code_fixed": ("fund_code", _("A fund's code never changes.")),
}


@dataclass(frozen=True, slots=True)
class Movement:
    """One amount to move, in cents. All but endowments name a line; only uncredit and reverse name a credit."""

    kind: LedgerKind
    amount_cents: int
    relief_line_id: int | None = None
    application_id: int | None = None
    reverses_id: int | None = None


def post(
    locked: LockedPosition,
    movements: Sequence[Movement],
    *,
    event_id: int,
    charter_id: int,
    charter_version: int,
    value_date: date,
    posted_at: datetime,
) -> list[LedgerEntry]:
    """Add the movements to the ledger, in order, in one statement, and bring `locked` up to date.

    `charter_version` is the version number of the charter `charter_id`; endowments name the current one.
    Raises RuleRefused with every reason; then nothing was written, or the transaction can only be rolled back.
    """
    if not movements:
        return []
    if breaches := _breaches(locked, movements, value_date):
        raise RuleRefused(breaches)
    rows = _chained(
        locked,
        movements,
        event_id=event_id,
        charter_id=charter_id,
        charter_version=charter_version,
        value_date=value_date,
        posted_at=posted_at,
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(_insert(len(rows)), [value for row in rows for value in row])
            keys = [key for (key,) in cursor.fetchall()]
    except IntegrityError as error:
        breach = refusal_of(error)
        if breach is None:
            raise
        raise RuleRefused([breach]) from error
    entries = [
        LedgerEntry.from_db(connection.alias, ("id", *COLUMNS), (key, *row))
        for key, row in zip(keys, rows, strict=True)
    ]
    _follow(locked, entries[-1])
    return entries


def refusal_of(error: DatabaseError) -> Breach | None:
    """Why the database refused a ledger row or a position, or None if the error is about something else."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if constraint is None or constraint not in REFUSALS:
        return None
    code, message = REFUSALS[constraint]
    return Breach(code, message)


def _breaches(locked: LockedPosition, movements: Sequence[Movement], value_date: date) -> list[Breach]:
    """Everything that keeps the movements from being posted, as far as the position tells."""
    held = {
        Account.AVAILABLE.value: locked.available_cents,
        Account.RESERVED.value: locked.reserved_cents,
        Account.COMMITTED.value: locked.committed_cents,
        Account.CREDITED.value: locked.credited_cents,
        ENDOWMENT: -locked.endowed_cents,
    }
    lowest, balance = dict(held), dict(held)
    for movement in movements:
        _kind, source, target = ROUTES[movement.kind]
        balance[source] -= movement.amount_cents
        balance[target] += movement.amount_cents
        lowest[source] = min(lowest[source], balance[source])
    breaches = [
        Breach("shortfall", SHORT[account], {"held": Cents(held[account]), "missing": Cents(-low)})
        for account, low in lowest.items()
        if low < 0 and account != ENDOWMENT
    ]
    excess = -lowest[ENDOWMENT] - locked.ceiling_cents
    if excess > 0:
        message = _("The charter's ceiling is %(ceiling)s: the endowment exceeds it by %(excess)s.")
        breaches.append(Breach("ceiling", message, {"ceiling": Cents(locked.ceiling_cents), "excess": Cents(excess)}))
    if locked.last_value_date is not None and value_date < locked.last_value_date:
        message = _("The value date %(day)s is before the last entry's, %(last)s.")
        breaches.append(Breach("value_date", message, {"day": value_date, "last": locked.last_value_date}))
    if value_date > today():
        breaches.append(Breach("value_date", _("The value date %(day)s is in the future."), {"day": value_date}))
    return breaches


def _chained(
    locked: LockedPosition,
    movements: Sequence[Movement],
    *,
    event_id: int,
    charter_id: int,
    charter_version: int,
    value_date: date,
    posted_at: datetime,
) -> list[tuple[Any, ...]]:
    """The rows of the movements, numbered and chained after the position, as tuples of COLUMNS."""
    reversed_numbers = _numbers_of([movement.reverses_id for movement in movements if movement.reverses_id])
    number, previous = locked.last_number, locked.last_digest
    balance = {
        ENDOWMENT: 0,
        Account.AVAILABLE.value: locked.available_cents,
        Account.RESERVED.value: locked.reserved_cents,
        Account.COMMITTED.value: locked.committed_cents,
        Account.CREDITED.value: locked.credited_cents,
    }
    rows = []
    for movement in movements:
        kind, source, target = ROUTES[movement.kind]
        number += 1
        balance[source] -= movement.amount_cents
        balance[target] += movement.amount_cents
        _endowment, available, reserved, committed, credited = balance.values()
        text = canonical_text(
            number=number,
            kind=kind,
            source=source,
            target=target,
            amount_cents=movement.amount_cents,
            event_id=event_id,
            application_id=movement.application_id,
            relief_line_id=movement.relief_line_id,
            charter_version=charter_version,
            value_date=value_date,
            posted_at=posted_at,
            reverses_number=reversed_numbers.get(movement.reverses_id),
            available_after=available,
            reserved_after=reserved,
            committed_after=committed,
            credited_after=credited,
        )
        previous = digest(text, previous)
        rows.append(
            (
                *(locked.fund_id, number, kind, source, target, movement.amount_cents),
                *(event_id, movement.application_id, movement.relief_line_id, charter_id, value_date, posted_at),
                *(movement.reverses_id, available, reserved, committed, credited, previous),
            )
        )
    return rows


def _numbers_of(entry_ids: Sequence[int]) -> dict[int | None, int]:
    """Each entry's number in its fund. The database judges whether the entry may be undone."""
    if not entry_ids:
        return {}
    return dict(LedgerEntry.objects.filter(pk__in=entry_ids).values_list("pk", "number"))


@lru_cache(maxsize=64)
def _insert(count: int) -> str:
    """The statement that adds `count` rows and returns their keys in order."""
    columns = ", ".join(COLUMNS)
    rows = ", ".join([f"({', '.join(['%s'] * len(COLUMNS))})"] * count)
    return f"INSERT INTO grants_ledgerentry ({columns}) VALUES {rows} RETURNING id"  # noqa: S608 - names and marks of ours


def _follow(locked: LockedPosition, last: LedgerEntry) -> None:
    """Bring the position to where the last row left it, as the database's trigger just did."""
    locked.last_number, locked.last_digest, locked.last_value_date = last.number, last.digest, last.value_date
    locked.available_cents, locked.reserved_cents = last.available_after, last.reserved_after
    locked.committed_cents, locked.credited_cents = last.committed_after, last.credited_after
    locked.endowed_cents = last.available_after + last.reserved_after + last.committed_after + last.credited_after
