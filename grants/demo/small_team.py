"""The second story: a small landlord, few people, a messy rent roll, in the closure of autumn 2020.

One advisor and one assessor at the chamber, two people at the landlord's, one of them away for a while. Four eyes ask
for four different hands in every file: the story shows where that is too much for the team, and what mends it.
Everything but the decree is invented; `play` tells the chapters in order.
"""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import count
from pathlib import Path
from typing import Final

from fundadmin.models import User
from grants import ledger, staffing
from grants.actions import crediting, decision, filing, members, reversal
from grants.actions.crediting import Voucher
from grants.actions.export_settings import set_exports
from grants.demo import charters, desk, office, people, small_team_rolls
from grants.demo.desk import Wish
from grants.demo.opening import Plan, open_fund, two_people
from grants.demo.people import Accounts
from grants.demo.small_team_rolls import BOOKSHOP, BRASSERIE, DRIVING, LEAVER, SALON, SUCCESSOR, WITHOUT_SIRET, Flaws
from grants.demo.story import SIGNED_PDF, Story, counted
from grants.eligibility import AidStatus, Closure, Facts, Month, OtherAid
from grants.enums import CapsBasis, FundAction, ReliefForm, ReversalReason, Role, Side, State
from grants.models import Application, FundMember, ReversalRequest
from grants.money import Cents
from landlords.models import Landlord, Lease
from landlords.rent_roll import Report, import_rent_roll

NO_FLAWS: Final = Flaws()
DEPUTY_UNTIL: Final = date(2021, 1, 10)
NOVEMBER, DECEMBER, JANUARY = date(2020, 11, 1), date(2020, 12, 1), date(2021, 1, 1)
WISHES: Final = {
    BRASSERIE: (NOVEMBER, DECEMBER, JANUARY),
    SALON: (NOVEMBER, DECEMBER, JANUARY),
    DRIVING: (NOVEMBER, DECEMBER),
    BOOKSHOP: (NOVEMBER, DECEMBER),
    LEAVER: (NOVEMBER,),
    SUCCESSOR: (DECEMBER, JANUARY),
}


class SmallTeamStory(Story):
    code = "petite-equipe-2020"
    title = "Une petite équipe : un autre bailleur (inventé), hiver 2020-2021"
    milestones = (date(2020, 11, 20), date(2020, 12, 11), date(2020, 12, 18), date(2021, 1, 15))

    def __init__(self, say: Callable[[str], None], folder: Path, accounts: Accounts) -> None:
        """Say who plays whom."""
        super().__init__(say, folder)
        self.accounts = accounts
        self._vouchers = count(1)
        self.advisor, self.assessor = accounts.of(people.CARLA), accounts.of(people.DENIS)
        self.eva, self.farid, self.gaelle = (
            accounts.of(person) for person in (people.EVA, people.FARID, people.GAELLE)
        )

    def play(self) -> None:
        self.rent_roll_is_messy()
        self.fund_opens_with_a_gap()
        self.files_come_in()
        self.missing_sirets_are_completed()
        self.files_are_assessed()
        self.small_files_are_granted()
        self.deputy_is_named()
        self.november_is_credited()
        self.lease_ends()
        self.deputy_credits()
        self.january_is_credited()
        self.fund_closes()
        office.books_come_back(self, by=self.farid)

    def rent_roll_is_messy(self) -> None:
        """With one error nothing is written; what is only missing doesn't stop the import."""
        self.on(date(2020, 11, 16))
        self.landlord = Landlord.objects.create(
            siren=small_team_rolls.LANDLORD_SIREN, name="Habitat du Noyonnais (inventé)"
        )
        self.assume("le bailleur, un office public, ses locataires, les montants et les dates sont inventés.")
        refused = self.take_in("1-etat-locatif-abime", Flaws(without_siret=WITHOUT_SIRET, mangled=SALON))
        first = next(iter(refused.errors))
        self.tell(f"{refused.file} : rien n'est importé. « {first.message} {first.remedy} »")
        self.on(date(2020, 11, 17))
        report = self.take_in("2-etat-locatif", Flaws(without_siret=WITHOUT_SIRET))
        self.tell(f"{report.file} : {report.lines} lignes, à compléter : {', '.join(WITHOUT_SIRET)} (SIRET).")

    def take_in(self, name: str, flaws: Flaws = NO_FLAWS) -> Report:
        path = small_team_rolls.write_rent_roll(self.folder / f"{name}.csv", flaws)
        return import_rent_roll(path, self.landlord, user=self.eva)

    def fund_opens_with_a_gap(self) -> None:
        """Two visas by the landlord and a payer make three people: it has two."""
        self.on(charters.SMALL_TEAM["signed_on"])
        plan = Plan(
            code=self.code,
            name="Fonds d'allègement du Noyonnais (inventé)",
            landlord=self.landlord,
            people=people.SMALL_TEAM,
            terms=charters.SMALL_TEAM,
            criteria=charters.SMALL_TEAM_CRITERIA,
            promises=(),
            endowment_cents=10_000_00,
        )
        opened = open_fund(self, plan, self.accounts, proposed_by=self.eva, confirmed_by=self.farid)
        self.fund = opened.fund
        siret = small_team_rolls.LANDLORD_SIRET
        self.do(set_exports, fund=self.fund, scdl_on=True, scdl_siret=siret, scdl_minimum_cents=0, by=self.eva)
        self.tell(
            f"{self.eva} propose d'ouvrir le fonds, {self.farid} confirme : dotation de {Cents(plan.endowment_cents)}."
        )
        self.tell_gaps(opened.gaps)

    def files_come_in(self) -> None:
        """A tenant without SIRET can be prepared; only its filing waits."""
        self.on(date(2020, 12, 1))
        for name, months in WISHES.items():
            file = desk.draft(self, self.fund, self.wish_of(name, months), by=self.advisor, basis=CapsBasis.GROSS)
            if name in WITHOUT_SIRET:
                attempt = f"{self.advisor} dépose un dossier : {name}."
                self.refused(attempt, filing.submit, application=file, by=self.advisor)
            else:
                desk.submit(self, file, by=self.advisor)
        self.tell(f"{self.advisor} dépose {counted(len(WISHES) - len(WITHOUT_SIRET))}.")

    def wish_of(self, name: str, months: Sequence[date]) -> Wish:
        asked = OtherAid("Fonds de solidarité de l'État", "2020-11", AidStatus.ASKED)
        facts = Facts(
            closures=(Closure(charters.DECREE, "commerce fermé au public", charters.DECREE_ON),),
            turnover_by_month={Month("2019-11"): 9_000_00, Month("2020-11"): 1_500_00},
            other_aid=(asked,),
            de_minimis_aids=(),
        )
        return Wish(self.lease_of(name), months, facts)

    def lease_of(self, name: str) -> Lease:
        return Lease.objects.select_related("tenant").get(landlord=self.landlord, tenant__legal_name=name)

    def missing_sirets_are_completed(self) -> None:
        self.on(date(2020, 12, 4))
        report = self.take_in("3-etat-locatif-complete")
        self.tell(f"{report.file} : les SIRET manquants sont complétés.")
        for name in WITHOUT_SIRET:
            desk.submit(self, self.files[name], by=self.advisor)
        self.tell(f"{self.advisor} dépose les deux dossiers qui attendaient : {', '.join(WITHOUT_SIRET)}.")

    def files_are_assessed(self) -> None:
        self.on(date(2020, 12, 7))
        files = self.in_state(State.SUBMITTED)
        for file in files:
            desk.favourable(self, file, by=self.assessor)
        self.tell(f"{self.assessor} rend {len(files)} avis favorables.")

    def in_state(self, *states: State) -> list[Application]:
        files = Application.objects.filter(fund=self.fund, state__in=states).order_by("rank")
        return list(files.select_related("tenant"))

    def small_files_are_granted(self) -> None:
        """A visa that would leave no payer is refused, and the sentence says who can give it instead."""
        self.on(date(2020, 12, 8))
        large = self.files[BRASSERIE]
        small = [file for file in self.in_state(State.ELIGIBLE) if file.pk != large.pk]
        attempt = f"{self.farid} tente d'accorder {small[0].tenant}."
        self.refused(attempt, decision.approve, application=small[0], no_conflict=True, by=self.farid)
        for file in small:
            desk.visa(self, file, by=self.eva)
        self.tell(f"{self.eva} accorde {counted(len(small))}.")
        attempt = f"{self.eva} tente de donner le premier visa à {BRASSERIE}."
        self.refused(attempt, decision.approve, application=large, no_conflict=True, by=self.eva)

    def deputy_is_named(self) -> None:
        """The payer's deputy, for some weeks: the team has three people at the landlord's, and no gap."""
        self.on(date(2020, 12, 9))
        principal = FundMember.objects.get(fund=self.fund, user=self.farid, role=Role.PAYER)
        named = self.do(
            members.propose_member,
            fund=self.fund,
            user=self.gaelle,
            side=Side.LANDLORD,
            role=Role.PAYER,
            starts_on=date(2020, 12, 10),
            ends_on=DEPUTY_UNTIL,
            deputy_for=principal,
            authority_ref=people.GAELLE.authority,
            signed_delegation=("suppleance.pdf", SIGNED_PDF),
            by=self.eva,
        )
        self.on(date(2020, 12, 10))
        confirmed = self.do(members.confirm_member, member=named, by=self.farid)
        self.tell(f"{self.gaelle} est nommée suppléante de {self.farid} du 10/12/2020 au {DEPUTY_UNTIL:%d/%m/%Y}.")
        self.tell_gaps(confirmed.gaps)
        desk.grant(self, self.files[BRASSERIE], first=self.eva, second=self.farid)
        self.tell(f"{BRASSERIE}, premier et second visas : {self.eva}, {self.farid}.")

    def november_is_credited(self) -> None:
        """Each tenant's November; a lease that ended since is settled on its exit balance."""
        self.on(date(2020, 12, 11))
        for name in (SALON, DRIVING, BOOKSHOP, LEAVER):
            form = ReliefForm.EXIT_BALANCE if name == LEAVER else ReliefForm.CREDIT_NOTE
            self.credit_months(name, [NOVEMBER], by=self.farid, form=form)
        self.tell(f"{self.farid} impute novembre pour quatre dossiers ; {LEAVER}, parti, sur son solde de sortie.")
        self.tell(f"{self.farid} est absent du 14/12/2020 au 04/01/2021.")

    def credit_months(
        self, name: str, months: Sequence[date], *, by: User, form: ReliefForm = ReliefForm.CREDIT_NOTE
    ) -> None:
        file = self.files[name]
        lines = desk.lines_to_credit(file, lambda line: line.month in months)
        desk.credit(self, file, lines, f"AV-{next(self._vouchers):03d}", by=by, form=form)

    def lease_ends(self) -> None:
        """Only November was credited when the lease is known to have ended: the rest is cancelled, by two people."""
        self.on(date(2020, 12, 16))
        report = self.take_in("4-etat-locatif-sortie", Flaws(ended={SALON: date(2020, 11, 30)}))
        self.tell(f"{report.file} : le bail de {SALON} a pris fin le 30/11/2020.")
        self.on(date(2020, 12, 17))
        file = self.files[SALON]
        rest = desk.lines_to_credit(file)
        self.refused(
            f"{self.gaelle} tente d'imputer décembre.",
            crediting.credit,
            application=file,
            lines=[line.pk for line in rest if line.month == DECEMBER],
            voucher=Voucher(ReliefForm.CREDIT_NOTE, "AV-X", self.today),
            by=self.gaelle,
        )
        self.do(
            reversal.ask_cancel_lines,
            application=file,
            lines=[line.pk for line in rest],
            reason=ReversalReason.LEASE_ENDED,
            by=self.gaelle,
        )
        request = ReversalRequest.objects.get(application=file)
        cancelled = self.do(reversal.cancel_lines, request=request, by=self.eva)
        self.tell(
            f"{self.gaelle} demande d'annuler le solde, {self.eva} confirme : {len(rest)} lignes annulées, le dossier"
            f" est « {State(cancelled.state).label} »."
        )

    def deputy_credits(self) -> None:
        """The deputy acts under her own name; in the large file nobody else could."""
        self.on(date(2020, 12, 18))
        self.credit_months(BRASSERIE, WISHES[BRASSERIE], by=self.gaelle)
        self.credit_months(DRIVING, [DECEMBER], by=self.gaelle)
        self.credit_months(BOOKSHOP, [DECEMBER], by=self.gaelle)
        self.credit_months(SUCCESSOR, [DECEMBER], by=self.gaelle)
        self.tell(f"{self.gaelle} impute {BRASSERIE} par un seul avoir, et décembre pour trois dossiers.")

    def january_is_credited(self) -> None:
        self.on(date(2021, 1, 5))
        self.credit_months(SUCCESSOR, [JANUARY], by=self.farid)
        self.tell(f"{self.farid}, de retour, impute janvier pour {SUCCESSOR}. Tous les dossiers sont clos.")

    def fund_closes(self) -> None:
        """Without the deputy the gap is there again; the fund closes and what is left goes back to the landlord."""
        self.on(date(2021, 1, 15))
        self.tell_gaps(staffing.staffing_gaps(self.fund, self.today))
        two_people(self, self.fund, FundAction.CLOSE, proposed_by=self.eva, confirmed_by=self.farid)
        left = Cents(ledger.position_as_at(self.fund.pk, DEPUTY_UNTIL).available_cents)
        self.tell(f"{self.eva} propose de clore le fonds, {self.farid} confirme : {left} reviennent au bailleur.")
