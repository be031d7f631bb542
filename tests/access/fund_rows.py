"""A fund's own pages: dashboard, journal, fund actions, commitments, reports, the public page."""

from collections.abc import Mapping
from typing import Any, Final

from django.test import Client

from grants.actions.funding import propose
from grants.enums import FundAction
from grants.models import Commitment, Fund, FundProposal
from tests.access.people import CHAMBER, EXTERNAL, LANDLORD
from tests.access.rows import Row, code, listed, of_ones_own, one, open_to_all, page, write
from tests.access.scene import Scene
from tests.factories import PDF, key

READS_PROPOSALS: Final = LANDLORD | EXTERNAL
"""Until it is confirmed a proposal is the landlord's own; who may not settle it is told why."""


def proposal(scene: Scene) -> str:
    """A withdrawal that the landlord's manager proposed, made when it is first asked for."""
    world = scene.world
    found = FundProposal.objects.filter(fund=world.fund, action=FundAction.WITHDRAW_ENDOWMENT).first()
    found = found or propose(
        fund=world.fund,
        action=FundAction.WITHDRAW_ENDOWMENT,
        amount_cents=1_00,
        signed_pdf=PDF,
        by=world.landlord_manager,
        key=key(),
    )
    return str(found.uuid)


def commitment(scene: Scene) -> int:
    return Commitment.objects.get_or_create(charter=scene.world.charter, text="Aucune pénalité de retard")[0].pk


def public_page(client: Client, scene: Scene) -> Any:
    Fund.objects.filter(pk=scene.world.fund.pk).update(is_public=True)
    return client.get(page("grants:public", code)(scene))


def settle(_scene: Scene) -> dict[str, str]:
    return {"key": key()}


FUND: Mapping[str, Row] = {
    "grants:funds": listed(page("grants:funds"), code),
    "grants:fund": one(page("grants:fund", code)),
    "grants:to_call": one(page("grants:to_call", code), own=CHAMBER | LANDLORD),
    "grants:ledger": one(page("grants:ledger", code)),
    "grants:ledger_entry": one(page("grants:ledger_entry", code, lambda _scene: 1)),
    "grants:fund_actions": one(page("grants:fund_actions", code)),
    "grants:propose_action": write(page("grants:propose_action", code, lambda _scene: "suspend"), settle, own=LANDLORD),
    "grants:fund_proposal": one(page("grants:fund_proposal", code, proposal), own=READS_PROPOSALS),
    "grants:confirm_proposal": write(page("grants:confirm_proposal", code, proposal), settle, own=READS_PROPOSALS),
    "grants:refuse_proposal": write(page("grants:refuse_proposal", code, proposal), settle, own=READS_PROPOSALS),
    "grants:commitments": one(page("grants:commitments", code)),
    "grants:keep_commitment": write(page("grants:keep_commitment", code, commitment)),
    "grants:reopen_commitment": write(page("grants:reopen_commitment", code, commitment)),
    "grants:report": one(page("grants:report", code)),
    "grants:report_pdf": one(page("grants:report_pdf", code)),
    "grants:report_all": listed(page("grants:report_all"), code, own=CHAMBER),
    "grants:report_all_pdf": of_ones_own(page("grants:report_all_pdf"), 200, 404),
    "grants:public_page": write(page("grants:public_page", code)),
    "grants:public": Row(**vars(open_to_all(page("grants:public", code), 200)) | {"ask": public_page}),
}
