"""Letters written late state only money that stands: of credits undone, of lines cancelled."""

import pytest
from django.test import Client
from django.urls import reverse

from grants import ledger
from grants.actions import crediting, reversal
from grants.actions.letters import issue
from grants.enums import Action, LetterKind, RequestKind, State
from grants.exceptions import RuleRefused
from grants.letters.due import to_issue
from grants.models import Application, Letter
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.letters.looks import content, draft, event_of, issued, words

pytestmark = pytest.mark.django_db


def approved(world: World) -> Application:
    """March, April and May at 500 EUR."""
    return walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world, reference="B1"))


def credit(world: World, file: Application, lines: list[int], ref: str) -> None:
    piece = walk.voucher(ref=ref)
    crediting.credit(application=file, lines=lines, voucher=piece, by=world.payer, key=key(), on=OPENED_ON)


def undo(world: World, file: Application, kind: RequestKind, lines: list[int]) -> None:
    request = walk.ask_undo(world, file, kind=kind, lines=lines)
    reversal.reverse(request=request, by=world.approver2, key=key(), on=OPENED_ON)


def every(world: World, kind: LetterKind) -> list[Letter]:
    due = list(to_issue(world.fund, [kind]))
    return [issue(event=event, by=world.payer, key=key(), on=OPENED_ON) for event in due]


def cents(letters: list[Letter]) -> list[int | None]:
    return [letter.amount_cents for letter in letters]


class TestCredits:
    def test_each_letter_is_about_what_its_own_voucher_still_credits(self) -> None:
        world = open_fund()
        file = approved(world)
        lines = walk.line_ids(file)
        credit(world, file, lines, "AV-1")
        undo(world, file, RequestKind.UNCREDIT, lines[:2])
        credit(world, file, lines[:2], "AV-2")
        first, second = every(world, LetterKind.CREDIT)
        assert cents([first, second]) == [500_00, 1_000_00]
        assert "de 500,00 € pour mai 2020 est sur votre compte" in words(content(first))
        assert "avoir AV-2 du 5 mai 2020" in words(content(second))

    def test_the_same_voucher_again_is_told_once(self) -> None:
        world = open_fund()
        file = approved(world)
        lines = walk.line_ids(file)
        credit(world, file, lines, "AV-1")
        undone = event_of(file, Action.CREDIT)
        undo(world, file, RequestKind.UNCREDIT, lines)
        credit(world, file, lines, "AV-1")
        with pytest.raises(RuleRefused, match="n’a plus lieu d’être"):
            issue(event=undone, by=world.payer, key=key(), on=OPENED_ON)
        assert cents(every(world, LetterKind.CREDIT)) == [1_500_00]

    def test_what_was_taken_back_is_not_told(self) -> None:
        world = open_fund()
        file = approved(world)
        lines = walk.line_ids(file)
        credit(world, file, lines, "AV-1")
        undo(world, file, RequestKind.REVERSE, lines[:2])
        assert cents(every(world, LetterKind.CREDIT)) == [500_00]
        assert ledger.position(world.fund.pk).credited_cents == 500_00

    @pytest.mark.parametrize(("state", "action"), [(State.REVERSED, Action.CREDIT), (State.CANCELLED, Action.APPROVE)])
    def test_of_what_was_wholly_undone_there_is_no_draft(self, client: Client, state: State, action: Action) -> None:
        world = open_fund()
        file = walk.walk_to(world, state)
        browser = log_in(client, world.landlord_manager)
        assert browser.get(reverse("grants:letter_preview", args=[event_of(file, action).uuid])).status_code == 404


class TestAwards:
    def test_it_is_stated_for_the_lines_that_live_and_names_the_others(self) -> None:
        world = open_fund()
        file = approved(world)
        march, _april, may = walk.line_ids(file)
        request = walk.ask_cancel(world, file, lines=[march, may])
        reversal.cancel_lines(request=request, by=world.approver2, key=key(), on=OPENED_ON)
        (letter,) = every(world, LetterKind.AWARD)
        assert letter.amount_cents == ledger.position(world.fund.pk).committed_cents == 500_00
        said = words(content(letter))
        assert "vous payez 500,00 € de moins en loyers et charges pour avril 2020." in said
        assert (
            "Depuis la décision du 5 mai 2020, 1 000,00 € accordés pour mars 2020, mai 2020 ont été annulés :"
            " cette somme n'est pas comprise dans les montants ci-dessus."
        ) in said

    def test_of_less_than_asked_for_all_that_was_asked_is_told(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.ELIGIBLE)
        march, april, may = walk.line_ids(file)
        file = walk.first_visa(world, file, amounts={march: 500_00, april: 200_00, may: 0}, reason=walk.REASON)
        request = walk.ask_cancel(world, file, lines=[march])
        reversal.cancel_lines(request=request, by=world.approver2, key=key(), on=OPENED_ON)
        said = draft(file, Action.APPROVE, "en")
        assert "you pay €200.00 less rent and charges for April 2020, of the €1,500.00 asked for." in said
        assert "Since the decision of 5 May 2020, €500.00 granted for March 2020 was cancelled" in said


def test_in_english_days_are_written_as_europe_does() -> None:
    world = open_fund()
    letter = issued(world, walk.walk_to(world, State.CREDITED), Action.CREDIT, language="en")
    said = words(content(letter))
    assert "5 May 2020" in said
    assert "May 5" not in said
