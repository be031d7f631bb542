"""What each letter says, as rendered text: in French and English, to the cent, for long names and odd characters."""

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from grants.actions import crediting, decision
from grants.actions.documents import Upload, attach
from grants.eligibility import CriterionSpec
from grants.enums import Action, AidRegime, CapsBasis, RejectionReason, ReliefForm, ReversalReason, State
from grants.letters.composing import Issue, compose, contact, months
from grants.letters.facts import facts_of
from grants.letters.fonts import printable
from grants.letters.paper import as_pdf
from grants.models import Application, Fund, LedgerEntry
from landlords.enums import Component, Periodicity, VatRegime
from landlords.models import Landlord, Lease
from tests import factories_landlords
from tests.factories import MONTHS, OPENED_ON, PDF, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.letters.looks import draft, event_of, facts, letterhead, meta, pages, told_of, words

pytestmark = pytest.mark.django_db

GIVEN = {"dated": OPENED_ON, "number": 12, "code": "K7QF2ABCDEFGHJKLMNPQ"}


def taxed_lease(world: World, **values: Any) -> Lease:
    """500 EUR of rent and 50 EUR of charges a month, with 20 % VAT."""
    lease = tenant_with_lease(world, months=(), vat_regime=VatRegime.DEBITS, **values)
    for month in MONTHS:
        for component, net in ((Component.RENT, 500_00), (Component.CHARGES, 50_00)):
            amounts: dict[str, Any] = {
                "net_cents": net,
                "vat_rate_bp": 2000,
                "vat_cents": net // 5,
                "gross_cents": net * 6 // 5,
            }
            amounts["regime"] = VatRegime.DEBITS
            factories_landlords.rent_call(lease=lease, month=month, component=component, **amounts)
    return lease


def partial(world: World) -> Application:
    """April and May at less than asked for, and a reason."""
    file = walk.walk_to(world, State.ELIGIBLE)
    march, april, may = walk.line_ids(file)
    amounts: dict[int, int] = {march: 500_00, april: 200_00, may: 0}
    return decision.approve(
        application=file,
        amounts=amounts,
        reason=walk.REASON,
        by=world.approver,
        key=key(),
        no_conflict=True,
        on=OPENED_ON,
    )


def test_an_award_says_how_much_and_for_when_first() -> None:
    world = open_fund()
    letterhead(world.landlord)
    said = draft(walk.walk_to(world, State.APPROVED), Action.APPROVE)
    assert (
        "Votre demande d'allègement est accordée : vous payez 1 500,00 € de moins en loyers et charges pour mars à mai"
        " 2020." in said
    )
    assert "mars 2020 loyer 500,00 € 0,00 € 500,00 €" in said
    assert "Total 1 500,00 € 0,00 € 1 500,00 €" in said
    assert "le montant figurera sur votre prochain avis d'échéance" in said
    assert "À transmettre à votre comptable" in said
    assert "Service des locaux d'activité, 03 44 00 00 00, du lundi au vendredi" in said
    assert "Claire Vasseur Directrice du patrimoine" in said
    assert "Beauvais, le 5 mai 2020" in said
    assert "minimis" not in said


@pytest.mark.parametrize(
    ("numbers", "fr", "en"),
    [
        ([3], "mars 2020", "March 2020"),
        ([3, 4, 4, 5], "mars à mai 2020", "March to May 2020"),
        ([11, 12, 13], "novembre 2020 à janvier 2021", "November 2020 to January 2021"),
        ([5, 3], "mars 2020 et mai 2020", "March 2020 and May 2020"),
        ([3, 5, 14], "mars 2020, mai 2020 et février 2021", "March 2020, May 2020 and February 2021"),
        ([3, 4, 6, 7], "4 mois, de mars 2020 à juillet 2020", "4 months, from March 2020 to July 2020"),
    ],
)
def test_no_month_is_told_that_is_not_there(numbers: list[int], fr: str, en: str) -> None:
    days = [date(2020 + (n - 1) // 12, (n - 1) % 12 + 1, 1) for n in numbers]
    for language, said in (("fr", fr), ("en", en)):
        with translation.override(language):
            assert months(days) == said


def test_a_telephone_number_is_not_broken() -> None:
    part = contact(letterhead(open_fund().landlord))
    assert part is not None
    assert "03\u00a044\u00a000\u00a000\u00a000" in part.texts[0]


def test_in_english() -> None:
    world = open_fund()
    said = draft(walk.walk_to(world, State.APPROVED), Action.APPROVE, "en")
    assert "Your request for relief is granted: you pay €1,500.00 less rent and charges for March to May 2020." in said
    assert "March 2020 rent €500.00 €0.00 €500.00" in said
    assert "Your advisor at the chamber of trades: advisor" in said
    assert "Yours faithfully," in said


def test_with_vat_the_totals_are_those_of_the_lines_and_of_the_ledger() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED, lease=taxed_lease(world))
    said = draft(file, Action.APPROVE)
    assert "vous payez 1 980,00 € TTC de moins" in said
    assert "avril 2020 provisions sur charges 50,00 € 10,00 € 60,00 €" in said
    assert "Total 1 650,00 € 330,00 € 1 980,00 €" in said
    committed = LedgerEntry.objects.filter(application=file, kind="commit").values_list("amount_cents", flat=True)
    assert sum(committed) == 1_650_00


def test_where_the_charter_counts_gross() -> None:
    world = open_fund(caps_basis=CapsBasis.GROSS)
    lease = taxed_lease(world)
    asks = [ask for ask in walk.asks_of(lease, asked_cents=60_00) if ask.component == Component.CHARGES]
    file = walk.draft(world, lease=lease, lines=asks)
    for step in walk.PATHS[State.APPROVED]:
        file = step(world, file, OPENED_ON)
    said = draft(file, Action.APPROVE)
    assert "avril 2020 provisions sur charges 50,00 € 10,00 € 60,00 €" in said
    assert "vous payez 180,00 € TTC de moins" in said


def test_less_than_asked_for_comes_with_its_reason_and_the_lines_it_is_about() -> None:
    world = open_fund()
    said = draft(partial(world), Action.APPROVE)
    assert "accordée en partie : vous payez 700,00 € de moins en loyers et charges pour mars à avril 2020, sur" in said
    assert "sur 1 500,00 € demandés." in said
    assert f"Pourquoi moins que demandé {walk.REASON}" in said
    assert "avril 2020, loyer : 200,00 € accordés sur 500,00 €" in said
    assert "mai 2020, loyer : 0,00 € accordés sur 500,00 €" in said
    assert "mai 2020 loyer" not in said


def test_less_without_a_reason_is_the_charters_doing() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.SUBMITTED)
    proposed = dict.fromkeys(walk.line_ids(file), 100_00)
    file = walk.approve(world, walk.favourable(world, file, amounts=proposed))
    assert "La charte du fonds limite ce qui peut être accordé." in draft(file, Action.APPROVE)


@pytest.mark.parametrize(
    ("regime", "named"),
    [
        (AidRegime.DE_MINIMIS_2013, "règlement (UE) n° 1407/2013"),
        (AidRegime.SGEI_2023, "règlement (UE) 2023/2832"),
        (AidRegime.DE_MINIMIS_2023, "règlement (UE) 2023/2831"),
        (AidRegime.COVID_FRAMEWORK, "section 3.1 de l'encadrement temporaire"),
    ],
)
def test_state_aid_is_named_with_its_amount(regime: AidRegime, named: str) -> None:
    world = open_fund()
    told = facts(walk.walk_to(world, State.APPROVED), Action.APPROVE)
    told.file.charter.aid_regime = regime
    said = words(as_pdf(compose(told, Issue(language="fr", **GIVEN))))
    assert (
        f"est une aide de 1 500,00 € (équivalent-subvention brut) au titre d{'e la' if 'section' in named else 'u'}"
        in said
    )
    assert named in said


@pytest.mark.parametrize(
    ("cutoff", "periodicity", "shown"),
    [
        (20, Periodicity.MONTHLY, "avis d'échéance (juin 2020)"),
        (3, Periodicity.MONTHLY, "avis d'échéance (juillet 2020)"),
        (20, Periodicity.QUARTERLY, "avis d'échéance (juillet 2020)"),
    ],
)
def test_the_notice_it_will_show_on(cutoff: int, periodicity: Periodicity, shown: str) -> None:
    world = open_fund()
    Landlord.objects.filter(pk=world.landlord.pk).update(billing_cutoff_day=cutoff)
    lease = tenant_with_lease(world, periodicity=periodicity)
    assert shown in draft(walk.walk_to(world, State.APPROVED, lease=lease), Action.APPROVE)


def test_two_leases_are_told_apart_and_one_that_ended_is_settled_on_its_exit_balance() -> None:
    world = open_fund()
    ended = tenant_with_lease(world, months=MONTHS[:1], ends_on=date(2020, 4, 30), reference="BAIL-ANCIEN")
    told = facts(walk.walk_to(world, State.APPROVED, lease=ended), Action.APPROVE)
    said = words(as_pdf(compose(told, Issue(language="fr", **GIVEN))))
    assert "le montant figurera sur le solde de sortie de votre bail" in said
    assert "pour mars 2020." in said
    other = tenant_with_lease(world, tenant=ended.tenant, months=MONTHS[1:2], reference="BAIL-NOUVEAU")
    file = walk.draft(
        world, lease=ended, lines=walk.asks_of(other) + walk.asks_of(tenant_with_lease(world, tenant=ended.tenant))
    )
    for step in walk.PATHS[State.APPROVED]:
        file = step(world, file, OPENED_ON)
    assert "avril 2020 BAIL-NOUVEAU loyer 500,00 €" in draft(file, Action.APPROVE)


def test_a_refusal_says_why_what_was_missing_and_how_to_ask_again() -> None:
    world = open_fund()
    letterhead(world.landlord, reexamination="Écrivez-nous à l'adresse ci-dessus.")
    said = draft(walk.walk_to(world, State.REJECTED), Action.REJECT)
    assert "Votre demande d'allègement de 1 500,00 € pour mars à mai 2020 n'est pas accordée." in said
    assert "Votre demande ne remplit pas tous les critères de la charte." in said
    assert "Vous pouvez demander le réexamen de votre demande jusqu'au 4 juillet 2020." in said
    assert "Écrivez-nous à l'adresse ci-dessus." in said
    assert "recours" not in said.casefold()


def test_a_refusal_names_the_criteria_that_were_not_met_and_what_would_meet_them() -> None:
    world = open_fund(criteria=[CriterionSpec("headcount", {"op": "<=", "n": 2})])
    file = walk.unfavourable(world, walk.walk_to(world, State.SUBMITTED, facts={"headcount": 3}))
    said = draft(walk.reject(world, file), Action.REJECT)
    assert "Ce qui manquait" in said
    assert "3" in said.partition("Ce qui manquait")[2].partition("Si vous")[0]


def test_a_refusal_in_the_approvers_own_words() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.SUBMITTED)
    other = {"motive": RejectionReason.OTHER, "reason": walk.REASON}
    file = decision.reject(application=file, by=world.approver, key=key(), on=OPENED_ON, **other)
    assert f"Pourquoi {walk.REASON}" in draft(file, Action.REJECT)
    assert "Écrivez à votre conseiller" in draft(file, Action.REJECT)


def test_a_request_for_information_names_what_is_wanted_and_until_when() -> None:
    world = open_fund()
    said = draft(walk.walk_to(world, State.INFO_REQUESTED), Action.REQUEST_INFO)
    assert "il nous manque 1 élément, à nous envoyer avant le 20 mai 2020 inclus" in said
    assert "effectif salarié" in said
    assert " ".join(walk.MESSAGE.split()) in said
    assert "Votre conseiller à la chambre de métiers : advisor" in said
    assert "Conseiller CMA" in said


def test_a_receipt_names_the_documents_filed_and_none_that_came_later() -> None:
    world = open_fund()
    file = walk.draft(world)
    attach(application=file, upload=Upload("bail", *PDF), by=world.advisor, key=key(), on=OPENED_ON)
    file = walk.submit(world, file)
    attach(application=file, upload=Upload("autre", "plus-tard.pdf", PDF[1]), by=world.advisor, key=key(), on=OPENED_ON)
    said = draft(file, Action.SUBMIT)
    assert "Documents déposés • contrat de bail : charte-signee.pdf" in said or "charte-signee.pdf" in said
    assert "plus-tard.pdf" not in said


def test_a_receipt_is_no_decision() -> None:
    world = open_fund()
    said = draft(walk.walk_to(world, State.SUBMITTED), Action.SUBMIT)
    assert "de 1 500,00 € pour mars à mai 2020 a été déposée le 5 mai 2020, au rang 1." in said
    assert "Cet accusé n'est pas une décision" in said


def test_a_credit_names_its_voucher() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    said = draft(file, Action.CREDIT)
    assert "C'est fait : votre allègement de 1 500,00 € pour mars à mai 2020 est sur votre compte locataire." in said
    assert f"Pièce comptable : avoir AV-2020-001-{file.tenant_id} du 5 mai 2020." in said
    assert "À transmettre à votre comptable, avec la pièce comptable." in said


@pytest.mark.parametrize(
    ("notice", "said"),
    [("AE-2020-06", "Il figure sur l'avis d'échéance AE-2020-06."), ("", "Il figurera sur votre prochain avis")],
)
def test_a_deduction_says_on_which_notice_it_shows(notice: str, said: str) -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    piece = walk.voucher(form=ReliefForm.DEDUCTION, applied_to_notice=notice)
    lines = walk.line_ids(file)
    crediting.credit(application=file, lines=lines, voucher=piece, by=world.payer, key=key(), on=OPENED_ON)
    assert said in draft(file, Action.CREDIT)
    file.lines.update(state="approved", voucher_ref="", form="", voucher_date=None, applied_to_notice="")
    assert "du 5 mai 2020" in draft(file, Action.CREDIT)


def test_first_visas_and_clerical_requests_ask_for_no_letter() -> None:
    world = open_fund(second_visa_threshold_cents=1)
    file = walk.first_visa(world, walk.walk_to(world, State.ELIGIBLE))
    assert facts_of([event_of(file, Action.APPROVE)]) == []
    credited = walk.credit(world, walk.second_visa(world, file))
    walk.ask_undo(world, credited)
    assert facts_of([event_of(credited, Action.ASK_REVERSE)]) == []


def test_a_reversal_notice_leaves_time_to_reply() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    walk.ask_undo(world, file, reason=ReversalReason.DOUBLE_AID, notice_sent_on=OPENED_ON)
    said = draft(file, Action.ASK_REVERSE)
    assert "Nous envisageons d'annuler 1 500,00 € d'allègement accordés pour mars à mai 2020." in said
    assert "Vous pouvez répondre jusqu'au 4 juin 2020." in said
    assert "Les mêmes mois ont été aidés une seconde fois par ailleurs." in said


def test_long_names_are_broken_and_the_address_keeps_to_the_window() -> None:
    world = open_fund()
    Fund.objects.filter(pk=world.fund.pk).update(name="Fonds " + "de solidarité " * 13)
    lease = tenant_with_lease(world, reference="BAIL-" + "X" * 55)
    tenant = lease.tenant
    tenant.legal_name, tenant.trade_name = "SOCIÉTÉ " + "ANONYME " * 20, "M" * 200
    tenant.address, tenant.postcode, tenant.commune = "12 rue du Four", "60100", "Creil"
    tenant.save()
    said = draft(walk.walk_to(world, State.APPROVED, lease=lease), Action.APPROVE)
    assert "12 rue du Four 60100 Creil" in said
    assert "…" in said


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Chez Anaïs – l’Épicerie", "Chez Anaïs – l’Épicerie"),
        ("Pizza 🍕 Ali", "Pizza Ali"),
        ("Ca\u0301fe\u0301", "Cáfé"),
        ("مطعم", "mt`m"),
        ("饭店", "FanDian"),
        ("\u0378", "?"),
        ("A\u202eB\u200d\tC\nD", "AB C D"),
        ("№ ㎏ x²", "№ kg x²"),
        ("Εστιατόριο Борщ", "Εστιατόριο Борщ"),
        ("a\u2011b", "a-b"),
        ("<b>& %(x)s</b>", "<b>& %(x)s</b>"),
    ],
)
def test_what_the_typeface_lacks_is_said_as_nearly_as_it_can_be(given: str, shown: str) -> None:
    assert printable(given) == shown


def test_odd_names_crash_no_letter() -> None:
    world = open_fund()
    lease = tenant_with_lease(world)
    lease.tenant.legal_name = 'مطعم 🍕 <b>"Ali" & %s</b> =1+1'
    lease.tenant.save()
    assert '<b>"Ali" & %s</b> =1+1' in draft(walk.walk_to(world, State.APPROVED, lease=lease), Action.APPROVE)


def test_three_pages_of_months_repeat_the_head_and_number_their_pages() -> None:
    world = open_fund(first_month=date(2012, 1, 1), endowment_cents=40_000_00)
    months = [date(2012 + n // 12, n % 12 + 1, 1) for n in range(64)]
    lease = tenant_with_lease(world, months=months, rent_cents=10_00, starts_on=date(2010, 1, 1))
    told = facts(walk.walk_to(world, State.APPROVED, lease=lease), Action.APPROVE)
    found = pages(as_pdf(compose(told, Issue(language="fr", **GIVEN))))
    assert len(found) == 3
    assert [page.count("Montant TTC") for page in found] == [1, 1, 1]
    assert [f"{n} / 3" in page for n, page in enumerate(found, start=1)] == [True] * 3
    assert all("K7QF2-ABCDE-FGHJK-LMNPQ" in page for page in found)
    assert "Total 640,00 €" in found[2]


def test_the_file_tells_its_language_and_title_and_embeds_its_typeface() -> None:
    world = open_fund()
    told = facts(walk.walk_to(world, State.APPROVED), Action.APPROVE)
    paper = compose(told, Issue(language="fr", **GIVEN))
    read = meta(as_pdf(paper))
    assert told_of(as_pdf(paper)) == ("fr", True, set())
    assert read.metadata.title == "Votre demande d’allègement est accordée"
    used = [font.get_object() for font in read.pages[0]["/Resources"]["/Font"].values()]
    embedded = {font["/BaseFont"] for font in used if "/FontFile2" in font.get("/FontDescriptor", {})}
    assert {name.partition("+")[2] for name in embedded} >= {"SourceSansPro-Regular", "SourceSansPro-Semibold"}


def test_a_draft_is_marked_on_every_page_and_vouched_for_by_nothing() -> None:
    world = open_fund()
    told = facts(walk.walk_to(world, State.APPROVED), Action.APPROVE)
    shown = words(as_pdf(compose(told, Issue(language="fr", dated=OPENED_ON))))
    assert "PROJET" in shown
    assert "/verifier/" not in shown
    real = words(as_pdf(compose(told, Issue(language="fr", **GIVEN))))
    assert "PROJET" not in real
    assert "/verifier/" in real
    assert "code K7QF2-ABCDE-FGHJK-LMNPQ" in real


def test_the_same_letter_is_the_same_bytes() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    once, again = (as_pdf(compose(facts(file, Action.APPROVE), Issue(language="fr", **GIVEN))) for _n in range(2))
    assert once == again
