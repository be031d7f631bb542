"""What the stories amount to: the figures for programs, the tables for people."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from django.db.models import Sum

from grants import ledger
from grants.agreement import agreement_faults
from grants.demo.origin import OriginStory
from grants.demo.people import ADMINISTRATOR, DOMAIN, PASSWORD
from grants.demo.story import Story
from grants.enums import FINAL_STATES, LedgerKind, State
from grants.ledger import Fault, PositionAt
from grants.models import Application, Fund, FundMember, LedgerEntry
from grants.money import Cents, euros
from grants.staffing import stuck

WIDTH: Final = 16


def summary(origin: OriginStory, stories: Sequence[Story]) -> dict[str, Any]:
    """The figures of the origin story, in cents; `faults` and `stuck` are counted over all the stories."""
    position = ledger.position(origin.fund.pk)
    files = Application.objects.filter(fund=origin.fund)
    return {
        "premises": origin.premises,
        "closed_tenants": origin.closed_tenants,
        "applications": files.count(),
        "by_state": by_state(origin.fund),
        "endowed_cents": position.endowed_cents,
        "granted_cents": position.committed_cents + position.credited_cents,
        "credited_cents": position.credited_cents,
        "reversed_cents": reversed_cents(origin.fund),
        "ledger_entries": position.last_number,
        "faults": sum(len(faults_of(story.fund)) for story in stories),
        "stuck": sum(len(stuck_in(story.fund, story.today)) for story in stories),
    }


def by_state(fund: Fund) -> dict[str, int]:
    """How many files are in each state, in the order of the workflow; states without any left out."""
    counts = Counter(Application.objects.filter(fund=fund).values_list("state", flat=True))
    return {state.value: counts[state] for state in State if counts[state]}


def reversed_cents(fund: Fund) -> int:
    rows = LedgerEntry.objects.filter(fund=fund, kind=LedgerKind.REVERSE)
    return int(rows.aggregate(total=Sum("amount_cents", default=0))["total"])


def faults_of(fund: Fund) -> list[Fault]:
    """What is wrong with a fund's ledger, by itself and against its files."""
    with ledger.snapshot():
        return [*ledger.verify(fund.pk), *agreement_faults(fund)]


def stuck_in(fund: Fund, on: date) -> list[str]:
    """Why files that haven't come to their end can't be moved by anybody."""
    pending = Application.objects.filter(fund=fund).exclude(state__in=FINAL_STATES)
    return [reason for file in pending if (reason := stuck(file, on))]


def tables(origin: OriginStory, stories: Sequence[Story]) -> Iterator[str]:
    """The printed report, line by line, for a landlord."""
    figures = summary(origin, stories)
    yield from _title("Bilan du fonds d'origine")
    yield _row("Locaux d'activité", figures["premises"])
    yield _row("Locataires fermés par l'arrêté", figures["closed_tenants"])
    yield _row("Dossiers", figures["applications"])
    for state, count in figures["by_state"].items():
        yield _row(f"  {State(state).label}", count)
    for label, key in (("Doté", "endowed"), ("Accordé", "granted"), ("Imputé", "credited"), ("Annulé", "reversed")):
        yield _row(label, euros(figures[f"{key}_cents"]))
    yield _row("Mouvements du journal", figures["ledger_entries"])
    for story in stories:
        yield from _positions(story)
    yield from _title("Contrôles, tous les fonds")
    yield _row("Anomalies du journal", figures["faults"])
    yield _row("Dossiers que personne ne peut faire avancer", figures["stuck"])
    yield from _logins()


def _title(text: str) -> Iterator[str]:
    yield ""
    yield text
    yield "-" * len(text)


def _row(label: str, value: object) -> str:
    return f"{label:<46}{value!s:>{WIDTH}}"


def _positions(story: Story) -> Iterator[str]:
    """The fund's position at some days of its story."""
    yield from _title(f"Situation du fonds {story.code}, arrêtée au")
    yield " " * 12 + "".join(f"{account:>{WIDTH}}" for account in ("Doté", "Disponible", "Réservé", "Engagé", "Imputé"))
    for day in story.milestones:
        held = _accounts(ledger.position_as_at(story.fund.pk, day))
        yield f"{day:%d/%m/%Y}  " + "".join(f"{cents!s:>{WIDTH}}" for cents in held)


def _accounts(at: PositionAt) -> tuple[Cents, ...]:
    held = (at.endowed_cents, at.available_cents, at.reserved_cents, at.committed_cents, at.credited_cents)
    return tuple(Cents(cents) for cents in held)


def _logins() -> Iterator[str]:
    yield from _title(f"Comptes de démonstration (mot de passe de tous : {PASSWORD})")
    yield "Le code de la double authentification est affiché à la connexion, sous « Démonstration »."
    yield f"{ADMINISTRATOR:<50}administration du site"
    members = FundMember.objects.filter(user__email__endswith=DOMAIN).select_related("user", "fund")
    roles: dict[str, dict[str, list[str]]] = {}
    for member in members.order_by("fund", "pk"):
        role = f"{member.get_role_display()} ({member.get_side_display()})"
        roles.setdefault(member.user.email, {}).setdefault(member.fund.code, []).append(role)
    for email, held in roles.items():
        codes: dict[str, list[str]] = {}
        for code, names in held.items():
            codes.setdefault(", ".join(names), []).append(code)
        told = " ; ".join(f"{names} : {', '.join(funds)}" for names, funds in codes.items())
        yield f"{email:<50}{told}"
