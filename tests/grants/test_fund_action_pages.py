"""Fund actions by page: proposed with the paper, settled by a second person, told beforehand what they change."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants.enums import FundAction, FundState, RequestState, Role, SecondVisaSide, Side, State
from grants.models import Fund, FundMember, FundProposal
from tests.accounts import log_in
from tests.factories import OPENED_ON, PDF, World, key, prepared_fund
from tests.grants import walk
from tests.grants.actions.proposals import amended, confirmed, proposed
from tests.grants.api.caller import LASTING, world_of_today
from tests.grants.page_text import links, parsed, table, text_of, words

pytestmark = pytest.mark.django_db

CHAMBER_ADVISOR = (Side.CHAMBER, Role.ADVISOR)


def today() -> dict[str, Any]:
    return {"on": timezone.localdate()}


def show(world: World, name: str, role: str, *args: Any) -> Any:
    return log_in(Client(), world.people[role]).get(reverse(f"grants:{name}", args=[world.fund.code, *args]))


def send(world: World, name: str, role: str, *args: Any, **sent: Any) -> Any:
    address = reverse(f"grants:{name}", args=[world.fund.code, *args])
    return log_in(Client(), world.people[role]).post(address, {"key": key(), **sent})


def paper(content: bytes = PDF[1]) -> SimpleUploadedFile:
    return SimpleUploadedFile(PDF[0], content, content_type="application/pdf")


def disabled(page: Any) -> dict[str, str]:
    """The buttons that can't be pressed, and what is said beside each."""
    told = {found.get("id"): words(found) for found in parsed(page).iter("small") if found.get("id")}
    buttons = (found for found in parsed(page).iter("button") if found.get("aria-disabled"))
    return {words(found): told[found.get("aria-describedby")] for found in buttons}


class TestList:
    def test_says_what_waits_what_may_be_proposed_and_why_not_the_rest(self) -> None:
        world = world_of_today()
        proposal = proposed(world, FundAction.SUSPEND, **today())
        page = show(world, "fund_actions", "landlord_manager")
        assert reverse("grants:fund_proposal", args=[world.fund.code, proposal.uuid]) in links(page)
        assert reverse("grants:propose_action", args=[world.fund.code, "close"]) in links(page)
        assert disabled(page) == {
            "Doter le fonds": "La dotation atteint le plafond (40 000,00 €) : modifiez d'abord la charte par avenant.",
            "Modifier la charte par avenant": "Préparez d'abord la version de la charte.",
            "Suspendre le fonds": "« Suspendre le fonds » est déjà proposé : faites d'abord confirmer"
            " ou refuser cette proposition.",
            "Reprendre l'activité du fonds": "« Reprendre l'activité du fonds » est impossible tant que le fonds est"
            " à l'état « Ouvert ».",
        }
        (opened,) = table(page, "Confirmés et refusés")
        assert (opened[0], opened[5]) == ("Ouvrir le fonds version 1 de la charte", "confirmé")

    def test_others_of_the_landlord_are_told_whose_it_is(self) -> None:
        world = world_of_today()
        reasons = set(disabled(show(world, "fund_actions", "payer")).values())
        assert len(reasons) == 1
        assert "gestionnaire du fonds (bailleur)" in reasons.pop()

    def test_the_chamber_reads_what_is_confirmed(self) -> None:
        world = world_of_today()
        proposal = proposed(world, FundAction.SUSPEND, **today())
        page = show(world, "fund_actions", "advisor")
        assert "Rien n'est en attente." in text_of(page)
        assert disabled(page) == {}
        assert "Ouvrir le fonds" in text_of(page)
        assert show(world, "fund_proposal", "advisor", proposal.uuid).status_code == 404
        assert send(world, "confirm_proposal", "advisor", proposal.uuid).status_code == 404
        assert show(world, "propose_action", "advisor", "close").status_code == 404
        confirmed(world, proposal, **today())
        assert "Suspendre le fonds" in text_of(show(world, "fund_proposal", "advisor", proposal.uuid))

    @pytest.mark.parametrize("count", [1, 3])
    def test_as_many_queries_for_one_and_three(
        self, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        world = world_of_today()
        for _n in range(count):
            confirmed(world, proposed(world, FundAction.WITHDRAW_ENDOWMENT, **today()), **today())
        client = log_in(Client(), world.auditor)
        with django_assert_num_queries(11):
            client.get(reverse("grants:fund_actions", args=[world.fund.code]))


class TestProposing:
    def test_with_an_amount_and_the_paper_it_waits_for_a_second_person(self) -> None:
        world = world_of_today()
        sent = {"amount": "1 234,50 €", "signed_pdf": paper(), "reason": "Trop de disponible."}
        answer = send(world, "propose_action", "landlord_manager", "withdraw_endowment", **sent)
        proposal = FundProposal.objects.get(action=FundAction.WITHDRAW_ENDOWMENT)
        assert answer.headers["Location"] == reverse("grants:fund_proposal", args=[world.fund.code, proposal.uuid])
        assert (proposal.amount_cents, proposal.state) == (1_234_50, RequestState.OPEN)
        page = show(world, "fund_proposal", "approver", proposal.uuid)
        assert "Trop de disponible." in text_of(page)
        assert table(page, "Ce que la confirmation change")[:3] == [
            ["Plafond", "40 000,00 €", "40 000,00 €"],
            ["Dotation", "40 000,00 €", "38 765,50 €"],
            ["Disponible", "40 000,00 €", "38 765,50 €"],
        ]

    def test_twice_with_the_same_key_proposes_once(self) -> None:
        world = world_of_today()
        answers = [
            send(world, "propose_action", "landlord_manager", "suspend", key="une-fois", reason="Vacances.")
            for _n in range(2)
        ]
        assert answers[0].headers["Location"] == answers[1].headers["Location"]
        assert FundProposal.objects.filter(action=FundAction.SUSPEND).count() == 1

    def test_what_is_wrong_is_said_at_once_and_what_was_typed_is_kept(self) -> None:
        world = world_of_today()
        sent = {"amount": "90000", "signed_pdf": paper(b"pas un PDF"), "reason": "À garder."}
        page = send(world, "propose_action", "landlord_manager", "withdraw_endowment", **sent)
        assert page.status_code == 422
        text = text_of(page)
        assert "n'est pas un PDF" in text
        assert "À garder." in text
        assert "choisissez-le de nouveau" in text
        missing = text_of(send(world, "propose_action", "landlord_manager", "withdraw_endowment"))
        assert "Montant en euros" in missing
        assert "Acte signé" in missing
        too_much = sent | {"signed_pdf": paper()}
        assert "50 000,00 €" in text_of(
            send(world, "propose_action", "landlord_manager", "withdraw_endowment", **too_much)
        )

    def test_each_form_asks_for_what_its_action_takes(self) -> None:
        world = world_of_today()
        fields = {
            action: {
                found.get("name")
                for tag in ("input", "textarea")
                for found in parsed(show(world, "propose_action", "landlord_manager", action)).iter(tag)
            }
            & {"amount", "signed_pdf", "reason"}
            for action in ("withdraw_endowment", "suspend", "close")
        }
        assert fields == {
            "withdraw_endowment": {"amount", "signed_pdf", "reason"},
            "suspend": {"reason"},
            "close": {"signed_pdf", "reason"},
        }

    def test_a_draft_version_is_named_and_confirmed(self) -> None:
        world = world_of_today()
        version = amended(world, ceiling_cents=50_000_00, **LASTING)
        page = show(world, "propose_action", "landlord_manager", "amend")
        assert "Version 2 de la charte" in text_of(page)
        send(world, "propose_action", "landlord_manager", "amend", signed_pdf=paper())
        proposal = FundProposal.objects.get(charter=version)
        page = show(world, "fund_proposal", "approver", proposal.uuid)
        assert ["Plafond", "40 000,00 €", "50 000,00 €"] in table(page, "Ce que la confirmation change")
        send(world, "confirm_proposal", "approver", proposal.uuid)
        assert world.charter.pk == version.pk

    def test_an_action_that_is_none_or_not_of_this_fund_is_a_404(self) -> None:
        world = world_of_today()
        assert show(world, "propose_action", "landlord_manager", "rien").status_code == 404
        assert show(world, "propose_action", "landlord_manager", "open").status_code == 404
        assert show(world, "propose_action", "advisor", "suspend").status_code == 404
        page = show(world, "propose_action", "payer", "suspend")
        assert "gestionnaire du fonds (bailleur)" in text_of(page)

    def test_closing_shows_what_becomes_of_each_file(self) -> None:
        world = world_of_today()
        draft, file = walk.draft(world), walk.walk_to(world, State.SUBMITTED)
        page = show(world, "propose_action", "landlord_manager", "close")
        rows = table(page, "Ce que la clôture fait de chaque dossier")
        assert [row[0] for row in rows] == [file.reference]
        assert rows[0][3] == "à décider avant la clôture du fonds"
        assert "1 brouillon de la CMA est supprimé." in text_of(page)
        assert draft.reference not in text_of(page)
        walk.join(world, "both", *CHAMBER_ADVISOR, user=world.landlord_manager)
        assert draft.reference in text_of(show(world, "propose_action", "landlord_manager", "close"))


class TestSettling:
    def test_confirmed_it_takes_effect_once(self) -> None:
        world = world_of_today()
        proposal = proposed(world, FundAction.SUSPEND, **today())
        for _n in range(2):
            answer = send(world, "confirm_proposal", "approver", proposal.uuid, key="une-fois")
            assert answer.headers["Location"] == reverse("grants:fund_actions", args=[world.fund.code])
        assert world.refresh().state == FundState.SUSPENDED
        page = show(world, "fund_proposal", "approver", proposal.uuid)
        assert "Confirmer" not in [words(found) for found in parsed(page).iter("h2")]
        assert str(world.approver) in text_of(page)

    def test_who_proposed_it_is_told_that_another_settles(self) -> None:
        world = world_of_today()
        proposal = proposed(world, FundAction.SUSPEND, **today())
        page = show(world, "fund_proposal", "landlord_manager", proposal.uuid)
        (said, refusing) = disabled(page).values()
        assert said == refusing
        assert "un autre membre, du côté du bailleur" in said
        refused = send(world, "confirm_proposal", "landlord_manager", proposal.uuid)
        assert refused.status_code == 422
        assert said in text_of(refused)
        refused = send(world, "refuse_proposal", "landlord_manager", proposal.uuid)
        assert refused.status_code == 422
        assert said in text_of(refused)
        assert world.refresh().state == FundState.OPEN

    def test_an_external_auditor_reads_and_settles_nothing(self) -> None:
        world = world_of_today()
        proposal = proposed(world, FundAction.SUSPEND, **today())
        page = show(world, "fund_proposal", "auditor", proposal.uuid)
        assert disabled(page) == {}
        assert not [found for found in parsed(page).iter("form") if "actes" in str(found.get("action"))]

    def test_refused_with_its_reason_nothing_changes(self) -> None:
        world = world_of_today()
        proposal = proposed(world, FundAction.SUSPEND, **today())
        answer = send(world, "refuse_proposal", "approver", proposal.uuid, reason="Trop tôt.")
        assert answer.status_code == 302
        assert FundProposal.objects.get(pk=proposal.pk).state == RequestState.REFUSED
        page = show(world, "fund_actions", "approver")
        assert table(page, "Confirmés et refusés")[0][:1] == ["Suspendre le fonds"]
        too_long = send(world, "refuse_proposal", "approver", proposal.uuid, reason="x" * 3000)
        assert too_long.status_code == 422

    def test_closing_is_confirmed_with_the_files_before_ones_eyes(self) -> None:
        world = world_of_today()
        file = walk.walk_to(world, State.APPROVED, **today())
        proposal = proposed(world, FundAction.CLOSE, **today())
        page = show(world, "fund_proposal", "approver2", proposal.uuid)
        rows = table(page, "Ce que la clôture fait de chaque dossier")
        assert rows[0][0] == file.reference
        assert "reste ouvert" in rows[0][3]
        assert "Un fonds clos ne rouvre jamais." in text_of(page)
        assert ["Disponible", "38 500,00 €", "0,00 €"] in table(page, "Ce que la confirmation change")
        send(world, "confirm_proposal", "approver2", proposal.uuid)
        assert world.refresh().state == FundState.CLOSED

    def test_a_resumed_fund_tells_what_the_days_do(self) -> None:
        world = world_of_today()
        confirmed(world, proposed(world, FundAction.SUSPEND, **today()), **today())
        proposal = proposed(world, FundAction.RESUME, **today())
        assert "prolongées des jours de suspension" in text_of(show(world, "fund_proposal", "approver", proposal.uuid))


def test_who_could_not_carry_a_file_is_told_once_a_version_counts() -> None:
    world = world_of_today()
    version = amended(world, second_visa_threshold_cents=1, second_visa_side=SecondVisaSide.CHAMBER, **LASTING)
    FundMember.objects.filter(user=world.chamber_approver).update(ends_on=OPENED_ON)
    proposal = proposed(world, FundAction.AMEND, charter=version, **today())
    address = reverse("grants:confirm_proposal", args=[world.fund.code, proposal.uuid])
    page = log_in(Client(), world.approver).post(address, {"key": key()}, follow=True)
    warned = [words(found) for found in parsed(page).iter("li") if found.get("class") == "warning"]
    assert warned


def test_a_fund_is_opened_by_two_landlord_members_who_see_it_before_it_counts() -> None:
    world = prepared_fund(on=timezone.localdate(), **LASTING)
    assert show(world, "fund_actions", "advisor").status_code == 404
    sent = {"amount": "40000", "signed_pdf": paper()}
    send(world, "propose_action", "landlord_manager", "open", **sent)
    proposal = FundProposal.objects.get(action=FundAction.OPEN)
    page = show(world, "fund_proposal", "approver", proposal.uuid)
    assert ["Plafond", "0,00 €", "40 000,00 €"] in table(page, "Ce que la confirmation change")
    # Who is not a member yet can't fetch the file; its digest lets the paper be compared.
    assert proposal.signed_pdf is not None
    assert proposal.signed_pdf.sha256 in text_of(page)
    assert reverse("grants:document", args=[proposal.signed_pdf.uuid]) not in links(page)
    answer = send(world, "confirm_proposal", "approver", proposal.uuid)
    assert answer.status_code == 302
    assert Fund.objects.get(pk=world.fund.pk).state == FundState.OPEN
