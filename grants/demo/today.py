"""The third story: a fund of these weeks, so that whoever tries the site finds files in every state and may go on.

All of it is invented. Its days are counted back from today; six tenants have no file yet.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from dateutil.relativedelta import relativedelta

from grants.actions import assessment, decision, lifecycle, reversal
from grants.actions.charters import CharterTerms
from grants.actions.version_rules import Promise
from grants.demo import charters, desk, office, people, rent_rolls, tenants
from grants.demo.desk import Wish
from grants.demo.opening import Plan, open_fund
from grants.demo.people import Accounts
from grants.demo.story import Story, counted
from grants.demo.tenants import Tenant
from grants.eligibility import CriterionSpec, Facts, Month, Proceedings
from grants.enums import (
    Channel,
    DocumentTiming,
    LetterKind,
    LineState,
    RejectionReason,
    RequestKind,
    ReversalReason,
)
from grants.models import Application
from grants.money import BASIS_POINTS, Cents
from landlords.enums import Component
from landlords.models import Landlord, Lease
from landlords.rent_roll import import_rent_roll

TENANTS: Final = (*tenants.CLOSED[:24], *tenants.CLOSED[-4:])
CREDITED: Final = ("Le Comptoir des Tilleuls", "Coiffure Aurore", "Auto-école du Thérain", "Le Bistrot de Léon")
AIDED_TWICE: Final = "Auto-école du Thérain"
PARTLY: Final = "Le Bistrot de Léon"
REFUSED: Final = "Pizzeria Vesuvio"
WITHDRAWN: Final = "Kebab du Marché"
SILENT: Final = "Café des Halles"
GRANTED: Final = ("Institut Belle Étoile", "Conduite & Compagnie")
ELIGIBLE: Final = ("Salon Mèche Courte", "Crêperie du Beffroi", "Prêt-à-porter Lison", "Tifs et Compagnie")
LARGE: Final = "Brasserie de la Gare"
ASKED: Final = "Fleurs de l'Ourcq"
UNFAVOURABLE: Final = "Sushi Oise"
SUBMITTED: Final = ("La Table d'Halatte", "Barbier Saint-Just", "Librairie du Parc")
YOUNG: Final = "Coiffure Nova"
DRAFTS: Final = ("Le Relais du Valois", "Auto-école Feu Vert Oise")
ARTICLES: Final = {
    **dict.fromkeys(("starts_on", "ends_on", "filing_deadline"), "article 1"),
    "required_documents": "article 6",
    **dict.fromkeys(("first_month", "last_month", "max_months", "components", "rent_call_rate"), "article 7"),
    **dict.fromkeys(("ceiling", "cap_per_siren"), "article 8"),
    **dict.fromkeys(("second_visa_threshold", "second_visa_side"), "article 9"),
    **dict.fromkeys(("reservation_days", "info_days", "reply_days", "reexamination_days"), "article 10"),
}
SMALL_LOSS_BP: Final = {REFUSED: 18_00, UNFAVOURABLE: 27_40}


def terms_of(today: date, first: date, last: date) -> CharterTerms:
    """The charter of a fund that opened six weeks ago, for the three months before this one."""
    signed_on = today - timedelta(days=44)
    return {
        "signed_on": signed_on,
        "starts_on": signed_on,
        "ends_on": today + timedelta(days=180),
        "filing_deadline": today + timedelta(days=90),
        "first_month": first,
        "last_month": last,
        "ceiling_cents": 40_000_00,
        "components": [Component.RENT, Component.CHARGES],
        "max_months": 3,
        "cap_per_siren_cents": 3_000_00,
        "second_visa_threshold_cents": 1_800_00,
        "warning_levels": [80, 95],
        "required_documents": [{"kind": charters.EVIDENCE, "timing": DocumentTiming.BEFORE_DECISION}],
        "articles": ARTICLES,
        "aid_regime_justification": "Fonds propres du bailleur : abandon volontaire de créances (hypothèse).",
    }


def criteria_of(months: Sequence[Month], young_after: date) -> tuple[CriterionSpec, ...]:
    return (
        CriterionSpec("headcount", {"op": "<=", "n": 10}, "article 2"),
        CriterionSpec(
            "turnover_loss",
            {
                "months": [str(month) for month in months],
                "reference": "same_month_last_year",
                "op": ">",
                "threshold_bp": 30_00,
                "young_if_started_after": young_after.isoformat(),
            },
            "article 3",
        ),
        CriterionSpec("not_in_proceedings", {}, "article 4"),
        CriterionSpec("other_aid_declared", {}, "article 5"),
    )


class TodayStory(Story):
    """`ends_on`: the day on which it is played, and on which the site goes on."""

    code = "aujourd-hui"
    title = "Un fonds en cours (inventé), pour essayer le site"

    def __init__(self, say: Callable[[str], None], folder: Path, accounts: Accounts, ends_on: date) -> None:
        super().__init__(say, folder)
        self.ends_on = ends_on
        self.milestones = (ends_on - timedelta(days=44), ends_on - timedelta(days=25), ends_on)
        self.accounts = accounts
        self._vouchers = count(1)
        self.manager, self.payer = accounts.of(people.CLAIRE), accounts.of(people.NADIA)
        self.approver, self.second_approver = accounts.of(people.HELENE), accounts.of(people.PHILIPPE)
        self.advisors = (accounts.of(people.AMELIE), accounts.of(people.BRUNO))
        self.assessor = accounts.of(people.SOPHIE)
        this_month = ends_on.replace(day=1)
        self.months = tuple(this_month - relativedelta(months=back) for back in (3, 2, 1))
        self.compared = tuple(Month(f"{month:%Y-%m}") for month in self.months[:2])
        self.by_name: Mapping[str, tuple[int, Tenant]] = {
            tenant.name: (place, tenant) for place, tenant in enumerate(tenants.CLOSED, start=1)
        }

    def play(self) -> None:
        self.fund_opens()
        self.first_files_are_credited()
        self.some_files_end()
        self.files_are_under_way()
        self.files_wait()

    def ago(self, days: int) -> None:
        self.on(self.ends_on - timedelta(days=days))

    def fund_opens(self) -> None:
        """The rent roll of these months, for tenants the landlord has already, then the charter."""
        self.ago(45)
        self.landlord = Landlord.objects.get(siren=tenants.LANDLORD_SIREN)
        path = rent_rolls.write_today(self.folder, [self.by_name[tenant.name] for tenant in TENANTS], self.today)
        report = import_rent_roll(path, self.landlord, months=(self.months[0], self.months[-1]), user=self.manager)
        self.tell(f"{self.landlord} importe l'état locatif de ces trois mois : {report.lines} lignes.")
        self.assume("tout ce fonds est inventé ; ses jours sont comptés à rebours d'aujourd'hui.")
        self.ago(44)
        plan = Plan(
            code=self.code,
            name="Fonds de soutien aux commerces de proximité (inventé)",
            landlord=self.landlord,
            people=people.ORIGIN,
            terms=terms_of(self.ends_on, self.months[0], self.months[-1]),
            criteria=criteria_of(self.compared, self.ends_on - relativedelta(years=1)),
            promises=(
                Promise("Aucune pénalité de retard pendant la durée du fonds", self.ends_on + timedelta(days=60)),
                Promise("Aucune révision des loyers cette année"),
                Promise("Report des échéances du trimestre", self.ends_on - timedelta(days=5)),
            ),
            endowment_cents=30_000_00,
        )
        opened = open_fund(self, plan, self.accounts, proposed_by=self.manager, confirmed_by=self.approver)
        self.fund = opened.fund
        self.tell(f"Le fonds est ouvert et doté de {Cents(plan.endowment_cents)}, plafond 40 000 €.")

    def first_files_are_credited(self) -> None:
        self.ago(40)
        self.file_all(*CREDITED)
        self.ago(37)
        self.assess(*CREDITED)
        self.ago(35)
        self.grant(*CREDITED)
        self.ago(34)
        office.write_to(self, [self.file(name) for name in CREDITED], LetterKind.AWARD, by=self.payer)
        self.tell(f"{self.payer} écrit aux {len(CREDITED)} locataires : leurs notifications d'accord partent.")
        self.ago(33)
        for name in CREDITED:
            file = self.file(name)
            months = self.months[:1] if name == PARTLY else self.months
            lines = [line for line in desk.lines_to_credit(file) if line.month in months]
            desk.credit(self, file, lines, self.next_voucher(), by=self.payer)
        self.tell(f"{counted(len(CREDITED))} imputés, {PARTLY} pour un mois seulement.")
        office.write_to(self, [self.file(name) for name in CREDITED], LetterKind.CREDIT, by=self.payer)
        self.ago(32)
        file = self.file(AIDED_TWICE)
        self.do(
            reversal.ask_reverse,
            application=file,
            kind=RequestKind.REVERSE,
            lines=[line.pk for line in file.lines.filter(state=LineState.CREDITED)],
            reason=ReversalReason.DOUBLE_AID,
            notice_sent_on=self.today,
            by=self.payer,
        )
        self.tell(f"{AIDED_TWICE} a reçu une autre aide : {self.payer} demande l'annulation, courrier envoyé.")

    def some_files_end(self) -> None:
        """One is refused, one withdrawn; one was asked for its turnover and doesn't answer."""
        self.ago(30)
        self.file_all(REFUSED, WITHDRAWN, SILENT, *GRANTED, *ELIGIBLE, LARGE)
        self.ago(28)
        self.ask(SILENT)
        self.ago(27)
        self.refuse_opinion(REFUSED)
        self.ago(25)
        reason = "La perte de chiffre d'affaires n'atteint pas les 30 % que la charte demande."
        self.do(
            decision.reject,
            application=self.file(REFUSED),
            motive=RejectionReason.OTHER,
            reason=reason,
            by=self.approver,
        )
        self.assess(*GRANTED, *ELIGIBLE, LARGE)
        self.ago(24)
        withdrawn = self.file(WITHDRAWN)
        self.do(
            lifecycle.withdraw,
            application=withdrawn,
            requested_on=self.today,
            channel=Channel.PHONE,
            by=withdrawn.advisor,
        )
        self.tell(f"{REFUSED} est refusé, {WITHDRAWN} se désiste, {SILENT} ne répond pas.")

    def files_are_under_way(self) -> None:
        """Two are granted and not yet credited; of the one above the threshold the first visa is given."""
        self.ago(22)
        self.grant(*GRANTED)
        desk.visa(self, self.file(LARGE), by=self.approver)
        self.tell(f"{counted(len(GRANTED))} accordés, à imputer ; {LARGE} attend le second visa.")

    def files_wait(self) -> None:
        self.ago(10)
        self.file_all(ASKED, UNFAVOURABLE, *SUBMITTED)
        self.ago(6)
        self.ask(ASKED)
        self.ago(5)
        self.refuse_opinion(UNFAVOURABLE)
        self.ago(2)
        self.file_all(YOUNG)
        for name, months in zip(DRAFTS, (self.months, self.months[:1]), strict=True):
            self.draft(name, months)
        self.ago(0)
        office.books_come_back(self, by=self.payer)
        self.tell("La comptabilité rend les avoirs passés : rapprochement sans écart.")
        self.tell(f"À instruire, à décider, à imputer : {counted(Application.objects.filter(fund=self.fund).count())}.")
        names = ", ".join(tenant.name for tenant in TENANTS if tenant.name not in self.files)
        self.tell(f"Sans dossier, à vous de le déposer : {names}.")

    def file_all(self, *names: str) -> None:
        for name in names:
            file = self.draft(name, self.months)
            desk.attach_evidence(self, file, by=file.advisor)
            desk.submit(self, file, by=file.advisor)
        self.tell(f"Déposé : {', '.join(names)}.")

    def draft(self, name: str, months: Sequence[date]) -> Application:
        """Written by one advisor or the other."""
        place, _tenant = self.by_name[name]
        lease = Lease.objects.select_related("tenant").get(landlord=self.landlord, tenant__legal_name=name)
        wish = Wish(lease, months, self.facts_of(name))
        return desk.draft(self, self.fund, wish, by=self.advisors[place % 2])

    def facts_of(self, name: str) -> Facts:
        """What the tenant declares: its turnover of two months and of the same ones a year ago."""
        _place, tenant = self.by_name[name]
        usual = tenant.trade.turnover_cents
        kept = usual * (BASIS_POINTS - SMALL_LOSS_BP.get(name, tenant.loss_bp)) // BASIS_POINTS
        year_ago = [Month(f"{month - relativedelta(years=1):%Y-%m}") for month in self.months[:2]]
        turnover = dict.fromkeys(self.compared, kept) | dict.fromkeys(year_ago, usual)
        return Facts(turnover_by_month=turnover, proceedings=Proceedings.NONE, other_aid=())

    def file(self, name: str) -> Application:
        return Application.objects.select_related("tenant", "advisor").get(pk=self.files[name].pk)

    def assess(self, *names: str) -> None:
        for name in names:
            desk.favourable(self, self.file(name), by=self.assessor)

    def refuse_opinion(self, name: str) -> None:
        file = self.file(name)
        self.do(
            assessment.assess_unfavourable,
            application=file,
            reason=desk.why_not(self, file),
            no_conflict=True,
            by=self.assessor,
        )

    def grant(self, *names: str) -> None:
        for name in names:
            desk.grant(self, self.file(name), first=self.approver, second=self.second_approver)

    def ask(self, name: str) -> None:
        self.do(
            assessment.request_info,
            application=self.file(name),
            wanted=["turnover_by_month", charters.EVIDENCE],
            message="Une déclaration de TVA lisible pour les deux mois, s'il vous plaît.",
            by=self.assessor,
        )

    def next_voucher(self) -> str:
        return f"AV-{self.ends_on:%Y}-{next(self._vouchers):04d}"
