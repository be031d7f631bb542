"""Where the origin story takes place: its people, its tenants and the files they bring."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from fundadmin.models import User
from grants.actions import assessment, filing, reversal, waiting
from grants.demo import charters, desk, people, tenants
from grants.demo.desk import Wish
from grants.demo.people import Accounts
from grants.demo.story import Story, counted
from grants.demo.tenants import Tenant
from grants.eligibility import Closure, Facts
from grants.enums import LineState, ReliefForm, RequestKind, ReversalReason, State
from grants.models import Application, ReversalRequest
from grants.money import Cents
from landlords.models import Lease, Premises, TenantBusiness

FILES_A_DAY: Final = 6
A_DAY: Final = timedelta(days=1)

# Who meets what.
INCOMPLETE: Final = ("L'Atelier d'Inès", "Café des Halles", "Sushi Oise")
SILENT: Final = "Chez Marguerite"
YOUNG: Final = "Coiffure Nova"
MISTAKEN: Final = "Pilote Auto-école"
LOWERED: Final = "La Bonne Fourchette"
LEAVING: Final = "Le Wok de Creil"
TWICE: Final = "Brasserie de la Gare"
AIDED_TWICE: Final = "Salon Mèche Courte"

FIRST_WAVE: Final = tenants.CLOSED[:24]
SECOND_WAVE: Final = (*tenants.CLOSED[24:-4], *(t for t in tenants.open_tenants() if t.name == tenants.BAKERY))
"""The last four of the closed tenants never come; a bakery does, which never closed."""


class OriginSetting(Story):
    def __init__(self, say: Callable[[str], None], folder: Path, accounts: Accounts) -> None:
        """Say who plays whom."""
        super().__init__(say, folder)
        self._vouchers = count(1)
        self.accounts = accounts
        self.manager, self.payer = accounts.of(people.CLAIRE), accounts.of(people.NADIA)
        self.approver, self.second_approver = accounts.of(people.HELENE), accounts.of(people.PHILIPPE)
        self.advisors = (accounts.of(people.AMELIE), accounts.of(people.BRUNO))
        self.assessor, self.chamber_manager = accounts.of(people.SOPHIE), accounts.of(people.MARC)

    @property
    def premises(self) -> int:
        return Premises.objects.filter(landlord=self.landlord).count()

    @property
    def closed_tenants(self) -> int:
        """The tenants whose activity the order closed to the public, by their NAF code."""
        closed = [trade.naf for trade in tenants.CLOSED_TRADES]
        return TenantBusiness.objects.filter(landlord=self.landlord, naf_rev2__in=closed).count()

    def in_state(self, *states: State) -> list[Application]:
        """The files in these states, in rank order."""
        files = Application.objects.filter(fund=self.fund, state__in=states).order_by("rank")
        return list(files.select_related("tenant", "advisor"))

    def file(self, name: str) -> Application:
        """A tenant's latest file, as it is now."""
        return Application.objects.select_related("tenant", "advisor").get(pk=self.files[name].pk)

    def file_all(self, coming: Sequence[Tenant], *, from_day: date) -> None:
        """The two advisors take turns, six files a day; some files lack the turnover of April and its evidence."""
        for place, tenant in enumerate(coming):
            self.on(from_day + timedelta(days=place // FILES_A_DAY))
            advisor = self.advisors[place % 2]
            file = desk.draft(self, self.fund, self.wish_of(tenant), by=advisor)
            if tenant.name not in (*INCOMPLETE, SILENT):
                desk.attach_evidence(self, file, by=advisor)
            desk.submit(self, file, by=advisor)
        names = " et ".join(str(advisor) for advisor in self.advisors)
        self.tell(f"{names} ont déposé {len(coming)} dossiers depuis le {from_day:%d/%m}.")

    def wish_of(self, tenant: Tenant) -> Wish:
        trade = tenant.trade
        turnover = tenants.turnover_of(trade, tenant.loss_bp)
        if tenant.name in (*INCOMPLETE, SILENT):
            del turnover[tenants.APRIL_2020]
        closed = Closure(charters.ORDER, trade.label, charters.CLOSED_ON, trade.reopened_on)
        closures = (closed,) if trade in tenants.CLOSED_TRADES else ()
        return Wish(self.lease_of(tenant.name), trade.months, Facts(closures=closures, turnover_by_month=turnover))

    def lease_of(self, name: str) -> Lease:
        return Lease.objects.select_related("tenant").get(landlord=self.landlord, tenant__legal_name=name)

    def ask_for_turnover(self, name: str, message: str) -> None:
        wanted = ["turnover_by_month", charters.EVIDENCE]
        file = self.files[name]
        self.do(assessment.request_info, application=file, wanted=wanted, message=message, by=self.assessor)

    def answer_turnover(self, name: str, *, loss_bp: int) -> None:
        """The advisor sends the turnover and its evidence."""
        file = self.file(name)
        tenant = next(tenant for tenant in tenants.CLOSED if tenant.name == name)
        desk.attach_evidence(self, file, by=file.advisor)
        facts = {"turnover_by_month": tenants.turnover_of(tenant.trade, loss_bp)}
        self.do(filing.answer, application=file, facts=facts, by=file.advisor)

    def assess_submitted(self) -> None:
        """The assessor gives an opinion on every file submitted, in rank order."""
        opinions = [self.give_opinion(file) for file in self.in_state(State.SUBMITTED)]
        favourable = sum(file.state != State.INELIGIBLE for file in opinions)
        reserved = sum(file.state == State.ELIGIBLE for file in opinions)
        self.tell(f"{self.assessor} : avis favorable pour {counted(favourable)}, argent réservé pour {reserved}.")

    def give_opinion(self, file: Application) -> Application:
        """What the criteria say decides; what they leave to verify, the assessor verifies and notes."""
        doubt = desk.why_not(self, file)
        if not doubt:
            return self.give_favourable_opinion(file)
        if file.tenant.legal_name == YOUNG:
            self.tell(f"{YOUNG} : « {doubt} » {self.assessor} vérifie et le note.")
            return self.give_favourable_opinion(file, note="Caisse arrêtée du 15 mars au 11 mai 2020, vérifiée.")
        self.tell(f"{file.tenant.legal_name} : avis défavorable. « {doubt} »")
        return self.do(
            assessment.assess_unfavourable, application=file, reason=doubt, no_conflict=True, by=self.assessor
        )

    def give_favourable_opinion(self, file: Application, *, note: str = "") -> Application:
        assessed = desk.favourable(self, file, by=self.assessor, note=note)
        if assessed.state == State.WAITLISTED and assessed.outcome:
            short = Cents(assessed.outcome.data["shortfall_cents"])
            self.tell(f"{file.tenant.legal_name} : avis favorable, en liste d'attente, il manque {short}.")
        return assessed

    def grant_eligible(self) -> None:
        """The landlord's visas: one, or two above the threshold."""
        files = self.in_state(State.ELIGIBLE)
        twice = [
            file.tenant.legal_name
            for file in files
            if desk.grant(self, file, first=self.approver, second=self.second_approver)
        ]
        self.tell(f"{self.approver} accorde {counted(len(files))} : {desk.total_of(files)}.")
        if twice:
            self.tell(f"Second visa de {self.second_approver} : {', '.join(twice)}.")

    def credit_line_by_line(self, name: str) -> None:
        """One voucher per line: a deduction on each of the next notices."""
        file = self.file(name)
        lines = desk.lines_to_credit(file)
        for place, line in enumerate(lines, start=1):
            desk.credit(self, file, [line], f"DED-{place:02d}", by=self.payer, form=ReliefForm.DEDUCTION)
        self.tell(f"{self.payer} impute {name} ligne par ligne : {len(lines)} pièces.")

    def credit_approved(self, *names: str) -> None:
        """One credit note per file covers all its lines. Without names: every file granted."""
        files = [file for file in self.in_state(State.APPROVED) if not names or file.tenant.legal_name in names]
        for file in files:
            desk.credit(self, file, desk.lines_to_credit(file), self.next_voucher(), by=self.payer)
        self.tell(f"{self.payer} impute {counted(len(files))}, un avoir chacun : {desk.total_of(files)}.")

    def next_voucher(self) -> str:
        return f"AV-2020-{next(self._vouchers):04d}"

    def offers_are_made_and_taken(self) -> None:
        """The scheduler offers what is free in rank order; an offer is a task for the assessor."""
        moved = waiting.run_due(fund=self.fund, by=User.objects.system(), on=self.today)
        offered = ", ".join(file.tenant.legal_name for file in moved)
        self.tell(f"Propositions de reprise, dans l'ordre des rangs : {offered}.")
        self.on(self.today + A_DAY)
        for file in moved:
            self.give_favourable_opinion(file)
        self.on(self.today + A_DAY)
        self.grant_eligible()
        self.on(self.today + A_DAY)
        self.credit_approved()

    def ask_reverse(
        self, file: Application, kind: RequestKind, reason: ReversalReason, **more: object
    ) -> ReversalRequest:
        """The payer asks to undo every credit of a file."""
        lines = [line.pk for line in file.lines.filter(state=LineState.CREDITED)]
        self.do(reversal.ask_reverse, application=file, kind=kind, lines=lines, reason=reason, by=self.payer, **more)
        return ReversalRequest.objects.filter(application=file).latest("pk")
