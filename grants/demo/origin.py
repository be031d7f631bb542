"""The origin story: SA d'HLM de l'Oise and CMA Hauts-de-France, 2020.

Public facts: the charter of 5 May 2020, 133 business premises, 48 tenants closed by the order of 14 March 2020, a fund
of 40,000 EUR, a turnover loss of more than 30 %, and in the end more than 45,000 EUR granted. All else (tenants,
amounts, people, other dates and terms) is invented; where it matters the story says “Hypothèse”.

Each chapter is a method; `play` tells them in order.
"""

from dataclasses import replace
from datetime import date

from grants.actions import assessment, decision, filing, funding, lifecycle, reversal
from grants.actions.charters import draft_charter
from grants.actions.commitments import keep_commitment
from grants.demo import charters, desk, office, people, rent_rolls, tenants
from grants.demo.opening import Plan, open_fund, two_people
from grants.demo.origin_setting import (
    AIDED_TWICE,
    FIRST_WAVE,
    INCOMPLETE,
    LEAVING,
    LOWERED,
    MISTAKEN,
    SECOND_WAVE,
    SILENT,
    TWICE,
    OriginSetting,
)
from grants.demo.story import SIGNED_PDF, counted
from grants.demo.tenants import JUNE, MARCH, MAY
from grants.enums import (
    CapsBasis,
    Channel,
    FundAction,
    LineState,
    RejectionReason,
    RequestKind,
    ReversalReason,
    State,
)
from grants.models import Commitment
from grants.money import Cents
from landlords.enums import Component
from landlords.models import Landlord
from landlords.rent_roll import import_rent_roll


class OriginStory(OriginSetting):
    code = "oise-2020"
    title = "Le fonds d'origine : SA d'HLM de l'Oise et CMA Hauts-de-France, 2020"
    milestones = (
        *(date(2020, 5, 5), date(2020, 5, 31), date(2020, 6, 9), date(2020, 6, 15)),
        *(date(2020, 6, 30), date(2020, 7, 31), date(2020, 10, 2)),
    )

    def play(self) -> None:
        self.rent_roll_comes_in()
        self.fund_opens()
        self.first_wave()
        self.second_wave_meets_the_ceiling()
        self.unfavourable_files_are_refused()
        self.second_wave_is_granted()
        self.tenant_withdraws()
        self.silent_file_lapses()
        self.charter_is_amended()
        self.waiting_files_get_their_turn()
        self.refused_file_is_reopened()
        self.month_asked_twice_is_refused()
        self.clerical_error_is_mended()
        self.credit_is_reversed()
        self.rents_were_not_revised()
        office.books_come_back(self, by=self.payer)

    def rent_roll_comes_in(self) -> None:
        self.on(date(2020, 5, 4))
        name = "SA d'HLM de l'Oise"
        self.landlord = Landlord.objects.create(siren=tenants.LANDLORD_SIREN, name=name, billing_cutoff_day=20)
        path = rent_rolls.write_origin(self.folder)
        report = import_rent_roll(path, self.landlord, months=(MARCH, JUNE), user=self.manager)
        self.tell(f"{name} importe son état locatif : {report.lines} lignes, {self.premises} locaux d'activité.")
        self.assume("noms, SIRET, loyers et charges sont inventés ; 133 locaux et 48 locataires fermés sont publics.")
        self.assume("les personnes et la répartition des rôles le sont aussi.")

    def fund_opens(self) -> None:
        self.on(charters.ORIGIN["signed_on"])
        plan = Plan(
            code=self.code,
            name="Fonds de solidarité SA d'HLM de l'Oise - CMA Hauts-de-France",
            landlord=self.landlord,
            people=people.ORIGIN,
            terms=charters.ORIGIN,
            criteria=charters.ORIGIN_CRITERIA,
            promises=charters.ORIGIN_PROMISES,
            endowment_cents=charters.ORIGIN["ceiling_cents"],
        )
        opened = open_fund(self, plan, self.accounts, proposed_by=self.manager, confirmed_by=self.approver)
        self.fund = opened.fund
        self.tell(
            f"La charte est signée. {self.manager} propose d'ouvrir le fonds, {self.approver} confirme : plafond et"
            f" dotation de {Cents(plan.endowment_cents)}, perte de chiffre d'affaires de plus de 30 %."
        )
        self.tell(f"{self.closed_tenants} locataires sont touchés par l'{charters.ORDER}.")
        self.tell_gaps(opened.gaps)
        self.assume("loyer et charges de mars à juin 2020, 3 000 € par entreprise, double visa au-delà de 1 800 €.")
        self.assume("dépôt jusqu'au 31/07/2020 ; les autres délais sont ceux de l'application.")
        self.assume("la perte se mesure sur mars et avril 2020, contre les mêmes mois de 2019.")

    def first_wave(self) -> None:
        """24 files: three come incomplete and are answered; all are decided and credited by the end of May."""
        self.file_all(FIRST_WAVE, from_day=date(2020, 5, 12))
        self.on(date(2020, 5, 18))
        for name in INCOMPLETE:
            self.ask_for_turnover(name, "Le chiffre d'affaires d'avril et son justificatif, s'il vous plaît.")
        self.tell(f"{self.assessor} demande un complément à : {', '.join(INCOMPLETE)}.")
        self.on(date(2020, 5, 20))
        self.assess_submitted()
        self.on(date(2020, 5, 25))
        for name in INCOMPLETE:
            self.answer_turnover(name, loss_bp=75_00)
        self.tell("Les trois compléments sont transmis.")
        self.on(date(2020, 5, 26))
        self.assess_submitted()
        self.on(date(2020, 5, 27))
        self.grant_eligible()
        self.on(date(2020, 5, 29))
        self.credit_line_by_line(tenants.CLOSED[0].name)
        self.credit_approved()

    def second_wave_meets_the_ceiling(self) -> None:
        """21 files more ask for more than is left of the 40,000 EUR: the last ones wait."""
        self.file_all(SECOND_WAVE, from_day=date(2020, 6, 2))
        self.on(date(2020, 6, 8))
        self.ask_for_turnover(SILENT, "Le chiffre d'affaires d'avril et son justificatif, s'il vous plaît.")
        self.tell(f"{self.assessor} demande un complément à {SILENT}.")
        self.on(date(2020, 6, 9))
        self.assess_submitted()
        waiting_files = self.in_state(State.WAITLISTED)
        self.tell(f"Le plafond est atteint : {counted(len(waiting_files))} en liste d'attente.")

    def unfavourable_files_are_refused(self) -> None:
        """An unfavourable opinion is no refusal: only the landlord refuses."""
        self.on(date(2020, 6, 11))
        files = self.in_state(State.INELIGIBLE)
        for file in files:
            self.do(decision.reject, application=file, motive=RejectionReason.CRITERIA_NOT_MET, by=self.second_approver)
        names = ", ".join(file.tenant.legal_name for file in files)
        self.tell(f"{self.second_approver} refuse, avec leurs motifs : {names}.")

    def second_wave_is_granted(self) -> None:
        self.on(date(2020, 6, 12))
        file = self.file(LOWERED)
        charges = file.lines.get(month=MARCH, component=Component.CHARGES)
        self.do(
            decision.approve,
            application=file,
            amounts={charges.pk: 0},
            reason="Les charges de mars ont déjà été remises par le bailleur.",
            no_conflict=True,
            by=self.approver,
        )
        self.tell(f"{LOWERED} : {self.approver} écarte les charges de mars, déjà remises, et accorde le reste.")
        self.approver_alone_is_refused()
        self.grant_eligible()
        self.on(date(2020, 6, 15))
        staying = [file.tenant.legal_name for file in self.in_state(State.APPROVED)]
        self.credit_approved(*(name for name in staying if name != LEAVING))

    def approver_alone_is_refused(self) -> None:
        """Above the threshold one person can't give both visas."""
        file = self.file(LEAVING)
        desk.visa(self, file, by=self.approver)
        attempt = f"{LEAVING} : {self.approver} tente de donner aussi le second visa."
        self.refused(attempt, decision.approve, application=file, no_conflict=True, by=self.approver)
        desk.visa(self, file, by=self.second_approver)
        self.tell(f"{self.second_approver} donne le second visa.")

    def tenant_withdraws(self) -> None:
        """What a withdrawal frees is offered at once to those who wait."""
        self.on(date(2020, 6, 16))
        file = self.file(LEAVING)
        self.do(
            lifecycle.withdraw,
            application=file,
            requested_on=self.today,
            channel=Channel.PHONE,
            by=file.advisor,
        )
        self.tell(f"{LEAVING} se désiste (cession du fonds de commerce) : l'argent engagé redevient disponible.")
        self.offers_are_made_and_taken()

    def silent_file_lapses(self) -> None:
        file = self.files[SILENT]
        self.on(date(2020, 6, 19))
        self.do(assessment.remind, application=file, by=self.assessor)
        self.tell(f"{SILENT} n'a pas répondu : une relance est enregistrée.")
        self.on(date(2020, 6, 23))
        attempt = f"{self.assessor} tente de classer {SILENT}."
        self.refused(attempt, assessment.lapse, application=file, by=self.assessor)
        self.on(date(2020, 6, 24))
        self.do(assessment.lapse, application=file, by=self.assessor)
        self.tell(f"{SILENT} : classé sans suite.")

    def charter_is_amended(self) -> None:
        """No money above the ceiling: first the amendment, then the endowment."""
        more = charters.ORIGIN_AMENDED["ceiling_cents"] - charters.ORIGIN["ceiling_cents"]
        self.on(date(2020, 6, 25))
        self.refused(
            f"{self.manager} propose de doter le fonds de {Cents(more)} de plus.",
            funding.propose,
            fund=self.fund,
            action=FundAction.ENDOW,
            amount_cents=more,
            signed_pdf=("dotation.pdf", SIGNED_PDF),
            by=self.manager,
        )
        self.on(charters.ORIGIN_AMENDED["signed_on"])
        version = self.do(
            draft_charter,
            fund=self.fund,
            criteria=charters.ORIGIN_CRITERIA,
            commitments=charters.ORIGIN_PROMISES,
            by=self.manager,
            **charters.ORIGIN_AMENDED,
        )
        two_people(
            self, self.fund, FundAction.AMEND, charter=version, proposed_by=self.manager, confirmed_by=self.approver
        )
        two_people(self, self.fund, FundAction.ENDOW, more, proposed_by=self.manager, confirmed_by=self.approver)
        ceiling = Cents(charters.ORIGIN_AMENDED["ceiling_cents"])
        self.tell(f"Avenant n° 1 (charte, version 2) : plafond porté à {ceiling}, dotation de {Cents(more)}.")
        self.assume("la date et le montant de l'avenant ; public : plus de 45 000 € accordés au total.")

    def waiting_files_get_their_turn(self) -> None:
        self.offers_are_made_and_taken()

    def refused_file_is_reopened(self) -> None:
        """A refused tenant had declared its turnover with VAT included: reopened, corrected, granted."""
        self.on(date(2020, 7, 7))
        reason = "Le chiffre d'affaires déclaré était TTC ; l'expert-comptable atteste le montant HT."
        self.do(lifecycle.reopen, application=self.files[MISTAKEN], reason=reason, by=self.chamber_manager)
        self.tell(f"{self.chamber_manager} rouvre {MISTAKEN} pour réexamen : « {reason} »")
        self.ask_for_turnover(MISTAKEN, "Le chiffre d'affaires HT attesté, s'il vous plaît.")
        self.on(date(2020, 7, 8))
        self.answer_turnover(MISTAKEN, loss_bp=68_00)
        self.on(date(2020, 7, 9))
        self.assess_submitted()
        self.on(date(2020, 7, 10))
        self.grant_eligible()
        self.on(date(2020, 7, 13))
        self.credit_approved()

    def month_asked_twice_is_refused(self) -> None:
        """A second file of the same tenant: a month is relieved once, and splitting doesn't dodge the second visa."""
        self.on(date(2020, 7, 15))
        advisor = self.file(TWICE).advisor
        wish = self.wish_of(next(tenant for tenant in tenants.CLOSED if tenant.name == TWICE))
        file = desk.draft(self, self.fund, replace(wish, months=(MAY, JUNE)), by=advisor)
        desk.attach_evidence(self, file, by=advisor)
        attempt = f"{TWICE} : {advisor} dépose un second dossier, pour mai et juin."
        self.refused(attempt, filing.submit, application=file, by=advisor)
        june = desk.asks_of(wish.lease, [JUNE], CapsBasis.NET)
        self.do(filing.edit, application=file, lines=june, by=advisor)
        desk.submit(self, file, by=advisor)
        self.tell("Corrigé : juin seulement. Le dossier est déposé.")
        self.on(date(2020, 7, 16))
        self.assess_submitted()
        self.on(date(2020, 7, 17))
        self.grant_eligible()

    def clerical_error_is_mended(self) -> None:
        """A wrong voucher is never written over: the credit is undone, by another person, and recorded again."""
        self.on(date(2020, 7, 20))
        file = self.file(TWICE)
        desk.credit(self, file, desk.lines_to_credit(file), "AV-2020-9999", by=self.payer)
        self.tell(f"{self.payer} impute {TWICE} avec une référence d'avoir erronée.")
        self.on(date(2020, 7, 21))
        request = self.ask_reverse(file, RequestKind.UNCREDIT, ReversalReason.CLERICAL_ERROR)
        self.do(reversal.reverse, request=request, by=self.approver)
        voucher = self.next_voucher()
        desk.credit(self, file, desk.lines_to_credit(file), voucher, by=self.payer)
        self.tell(f"{self.payer} demande la remise à imputer, {self.approver} confirme ; imputé à nouveau : {voucher}.")

    def credit_is_reversed(self) -> None:
        """Aided twice for the same months: a notice, a month to reply, then the reversal."""
        self.on(date(2020, 9, 1))
        file = self.file(AIDED_TWICE)
        request = self.ask_reverse(file, RequestKind.REVERSE, ReversalReason.DOUBLE_AID, notice_sent_on=self.today)
        self.tell(f"{AIDED_TWICE} a reçu une autre aide pour les mêmes mois : courrier préalable à l'annulation.")
        self.on(date(2020, 9, 21))
        attempt = f"{self.approver} tente de confirmer l'annulation."
        self.refused(attempt, reversal.reverse, request=request, by=self.approver)
        self.on(date(2020, 10, 2))
        undone = self.do(reversal.reverse, request=request, by=self.approver)
        lines = undone.lines.filter(state=LineState.REVERSED)
        back = Cents(sum(line.approved_cents or 0 for line in lines))
        self.tell(f"Délai de réponse passé : l'imputation est annulée, {back} redeviennent disponibles.")

    def rents_were_not_revised(self) -> None:
        """The year is over: the one promise with a date is recorded as kept on it."""
        self.on(date(2021, 1, 4))
        promise = Commitment.objects.get(charter__fund=self.fund, charter__version=2, due_on__isnull=False)
        self.do(keep_commitment, commitment=promise, kept_on=promise.due_on, by=self.manager)
        self.tell(f"{self.manager} enregistre la mesure tenue : « {promise.text} ».")
        self.assume("que cette mesure a été tenue, et le jour où elle est enregistrée.")
