"""How a fund begins, in every story: created from the signed charter, opened by one landlord member and another."""

from collections.abc import Sequence
from dataclasses import dataclass

from fundadmin.models import User
from grants.actions import charters, funding, letterheads, members
from grants.actions.charters import CharterTerms
from grants.actions.version_rules import Promise
from grants.demo import letterhead
from grants.demo.people import Accounts, Person
from grants.demo.story import SIGNED_PDF, Story
from grants.eligibility import CriterionSpec
from grants.enums import FundAction
from grants.models import Fund, FundProposal
from landlords.models import Landlord


@dataclass(frozen=True, slots=True)
class Plan:
    """What the signed charter says: which fund, who works in it, on which terms, with how much."""

    code: str
    name: str
    landlord: Landlord
    people: Sequence[Person]
    terms: CharterTerms
    criteria: Sequence[CriterionSpec]
    promises: Sequence[Promise]
    endowment_cents: int


def open_fund(story: Story, plan: Plan, accounts: Accounts, *, proposed_by: User, confirmed_by: User) -> FundProposal:
    """Everything up to an open, endowed fund. The proposal returned tells the staffing gaps there are."""
    administrator = accounts.administrator()
    fund = story.do(charters.create_fund, code=plan.code, name=plan.name, landlord=plan.landlord, by=administrator)
    story.do(
        members.record_first_members,
        fund=fund,
        members=accounts.memberships(plan.people, story.today),
        by=administrator,
    )
    story.do(
        charters.draft_charter,
        fund=fund,
        criteria=plan.criteria,
        commitments=plan.promises,
        by=administrator,
        **plan.terms,
    )
    opened = two_people(
        story, fund, FundAction.OPEN, plan.endowment_cents, proposed_by=proposed_by, confirmed_by=confirmed_by
    )
    story.do(letterheads.set_letterhead, fund=fund, texts=letterhead.TEXTS, logo=letterhead.mark(), by=proposed_by)
    return opened


def two_people(
    story: Story,
    fund: Fund,
    action: FundAction,
    amount_cents: int | None = None,
    *,
    proposed_by: User,
    confirmed_by: User,
    **more: object,
) -> FundProposal:
    """A fund action: one landlord member proposes it with the signed paper, another confirms it."""
    proposal = story.do(
        funding.propose,
        fund=fund,
        action=action,
        amount_cents=amount_cents,
        signed_pdf=(f"{action}.pdf", SIGNED_PDF),
        by=proposed_by,
        **more,
    )
    return story.do(funding.confirm, proposal=proposal, by=confirmed_by)
