"""Funds, people and leases for tests, all invented, made by walking the real actions (applications: `grants/walk.py`).

`open_fund()` returns a `World`: an open, endowed fund with one person per role (two approvers, two advisors).
Its story happens in 2020; tests pass `on=`, from `OPENED_ON` on.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fundadmin.models import User
from grants.actions.charters import CharterTerms, create_fund, draft_charter
from grants.actions.funding import confirm, propose
from grants.actions.members import Membership, record_first_members
from grants.eligibility import CriterionSpec
from grants.enums import FundAction, RequestState, Role, SecondVisaSide, Side
from grants.models import Charter, Fund, FundMember, FundProposal
from landlords.enums import Component
from landlords.models import Landlord, Lease, TenantBusiness
from tests import factories_landlords

SIGNED_ON = date(2020, 5, 4)
OPENED_ON = date(2020, 5, 5)
PDF = ("charte-signee.pdf", b"%PDF-1.4 invented %%EOF")
MONTHS = (date(2020, 3, 1), date(2020, 4, 1), date(2020, 5, 1))

_numbers = itertools.count(1)


def key() -> str:
    """A key that no action had before."""
    return f"test-{next(_numbers)}"


def user(name: str = "", **values: Any) -> User:
    n = next(_numbers)
    return User.objects.create_user(f"personne{n}@exemple.invalid", full_name=name or f"Personne {n}", **values)


@dataclass
class World:
    """An open fund and the people around it: one attribute per role, `people` for any other."""

    fund: Fund
    landlord: Landlord
    admin: User
    people: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def charter(self) -> Charter:
        """The fund's current charter version."""
        return self.fund.charters.filter(confirmed_at__isnull=False).latest("version")

    def member(self, name: str) -> FundMember:
        """The only membership of a person of this world."""
        return FundMember.objects.get(fund=self.fund, user=self.people[name])

    def refresh(self) -> Fund:
        """Read the fund again: its protected state can't be refreshed in place."""
        self.fund = Fund.objects.get(pk=self.fund.pk)
        return self.fund


ROLES: dict[str, tuple[Side, Role]] = {
    "advisor": (Side.CHAMBER, Role.ADVISOR),
    "advisor2": (Side.CHAMBER, Role.ADVISOR),
    "assessor": (Side.CHAMBER, Role.ASSESSOR),
    "chamber_approver": (Side.CHAMBER, Role.APPROVER),
    "chamber_manager": (Side.CHAMBER, Role.MANAGER),
    "landlord_manager": (Side.LANDLORD, Role.MANAGER),
    "approver": (Side.LANDLORD, Role.APPROVER),
    "approver2": (Side.LANDLORD, Role.APPROVER),
    "payer": (Side.LANDLORD, Role.PAYER),
    "auditor": (Side.EXTERNAL, Role.AUDITOR),
}
"""The people of a default world; `manager` is the landlord's too."""


def membership(member: User, side: Side, role: Role, **values: Any) -> Membership:
    """A grant from the day the charter was signed; a landlord approver's rests on an invented delegation."""
    if (side, role) == (Side.LANDLORD, Role.APPROVER):
        values.setdefault("authority_ref", "délégation 2020-01 (inventée)")
    return Membership(user=member, side=side, role=role, **{"starts_on": SIGNED_ON} | values)


def charter_terms(**changes: Any) -> CharterTerms:
    """40,000 EUR; rent and charges of March to August 2020; two visas above 5,000 EUR per SIREN; no criteria."""
    terms = CharterTerms(
        signed_on=SIGNED_ON,
        starts_on=OPENED_ON,
        ends_on=date(2021, 12, 31),
        filing_deadline=date(2021, 6, 30),
        first_month=date(2020, 3, 1),
        last_month=date(2020, 8, 1),
        ceiling_cents=40_000_00,
        components=[Component.RENT, Component.CHARGES],
        aid_regime_justification="Fonds propres du bailleur (hypothèse d'essai).",
        second_visa_threshold_cents=5_000_00,
        second_visa_side=SecondVisaSide.LANDLORD,
    )
    return terms | changes  # type: ignore[return-value]


def prepared_fund(
    *,
    memberships: Sequence[Membership] | None = None,
    criteria: Sequence[CriterionSpec] = (),
    landlord: Landlord | None = None,
    on: date = OPENED_ON,
    **terms: Any,
) -> World:
    """A fund in preparation: its charter drafted, its first members recorded, nothing confirmed."""
    admin = user("Administration", is_staff=True)
    landlord = landlord or factories_landlords.landlord()
    fund = create_fund(
        code=f"essai-{next(_numbers)}", name="Fonds d'essai", landlord=landlord, by=admin, key=key(), on=on
    )
    draft_charter(fund=fund, criteria=criteria, by=admin, key=key(), on=on, **charter_terms(**terms))
    people: dict[str, User] = {}
    if memberships is None:
        people = {name: user(name) for name in ROLES}
        memberships = [membership(people[name], side, role) for name, (side, role) in ROLES.items()]
        people["manager"] = people["landlord_manager"]
    record_first_members(fund=fund, members=memberships, by=admin, key=key(), on=on)
    return World(fund=fund, landlord=landlord, admin=admin, people=people)


def open_fund(
    *,
    endowment_cents: int | None = 40_000_00,
    memberships: Sequence[Membership] | None = None,
    criteria: Sequence[CriterionSpec] = (),
    proposer: User | None = None,
    confirmer: User | None = None,
    on: date = OPENED_ON,
    **terms: Any,
) -> World:
    """An open fund, endowed unless `endowment_cents` is None. `terms` change `charter_terms`, or name the `landlord`.

    With `memberships` of your own, name the landlord manager who proposes to open it and who confirms.
    """
    world = prepared_fund(memberships=memberships, criteria=criteria, on=on, **terms)
    fund_action(
        world,
        FundAction.OPEN,
        amount_cents=endowment_cents,
        proposer=proposer or world.people.get("landlord_manager"),
        confirmer=confirmer or world.people.get("approver"),
        on=on,
    )
    return world


def fund_action(
    world: World,
    action: FundAction,
    *,
    proposer: User | None = None,
    confirmer: User | None = None,
    on: date = OPENED_ON,
    **asked: Any,
) -> FundProposal:
    """Propose a fund action (by the landlord manager) and confirm it (by the first approver)."""
    asked.setdefault("signed_pdf", None if action in (FundAction.SUSPEND, FundAction.RESUME) else PDF)
    proposal = propose(fund=world.fund, action=action, by=proposer or world.landlord_manager, key=key(), on=on, **asked)
    confirmed = confirm(proposal=proposal, by=confirmer or world.approver, key=key(), on=on)
    world.refresh()
    return confirmed


def confirm_directly(charter: Charter, on: date, at: datetime) -> Charter:
    """Make a charter version binding by the settled proposal that the database asks for, without the actions."""
    proposer, confirmer = user(), user()
    FundProposal.objects.create(
        fund=charter.fund,
        action=FundAction.OPEN if charter.version == 1 else FundAction.AMEND,
        charter=charter,
        state=RequestState.CONFIRMED,
        proposed_by=proposer,
        proposed_on=on,
        settled_by=confirmer,
        settled_on=on,
    )
    charter.confirmed_on, charter.confirmed_at = on, at
    charter.save()
    return charter


def tenant_with_lease(
    world: World,
    *,
    months: Sequence[date] = MONTHS,
    rent_cents: int = 500_00,
    charges_cents: int = 0,
    tenant: TenantBusiness | None = None,
    **lease_values: Any,
) -> Lease:
    """A tenant of the fund's landlord, with a lease and monthly rent calls; the tenant is `lease.tenant`."""
    tenant = tenant or factories_landlords.tenant(landlord=world.landlord)
    lease = factories_landlords.lease(landlord=world.landlord, tenant=tenant, **lease_values)
    for month in months:
        for component, cents in ((Component.RENT, rent_cents), (Component.CHARGES, charges_cents)):
            if cents:
                factories_landlords.rent_call(lease=lease, month=month, component=component, net_cents=cents)
    return lease
