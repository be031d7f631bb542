"""What is there to be reached: a fund with files in several states, and one row of everything else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from fundadmin.models import User
from grants.actions import documents
from grants.actions.documents import Upload
from grants.actions.tokens import make_token
from grants.enums import Action, Role, State, Visibility
from grants.models import ApiToken, Application, Document, Event, FundMember, ReliefLine
from landlords.models import Landlord, Lease, RentCall
from tests.factories import PDF, World, key
from tests.grants import walk
from tests.grants.api.caller import world_of_today

STATE_FOR: Mapping[Action, State] = {
    Action.EDIT: State.DRAFT,
    Action.DISCARD: State.DRAFT,
    Action.SUBMIT: State.DRAFT,
    Action.ANSWER: State.INFO_REQUESTED,
    Action.REMIND: State.INFO_REQUESTED,
    Action.LAPSE: State.INFO_REQUESTED,
    Action.APPROVE: State.ELIGIBLE,
    Action.SEND_BACK: State.ELIGIBLE,
    Action.CREDIT: State.APPROVED,
    Action.ASK_CANCEL_LINES: State.APPROVED,
    Action.CANCEL_LINES: State.APPROVED,
    Action.REFUSE_REQUEST: State.APPROVED,
    Action.ASK_REVERSE: State.CREDITED,
    Action.REVERSE: State.CREDITED,
    Action.REOPEN: State.REJECTED,
}
"""Where each action is tried; a submitted file for those that are not named."""


@dataclass(frozen=True)
class Scene:
    world: World
    files: Mapping[State, Application]
    lease: Lease
    line: ReliefLine
    rent_call: RentCall
    document: Document
    event: Event
    token: ApiToken

    @property
    def file(self) -> Application:
        return self.files[State.SUBMITTED]

    @property
    def member(self) -> FundMember:
        return self.world.member("payer")

    def file_for(self, action: Action) -> Application:
        return self.files[STATE_FOR.get(action, State.SUBMITTED)]


def scene(landlord: Landlord | None = None) -> Scene:
    world = world_of_today(landlord=landlord)
    files = {state: walk.walk_to(world, state) for state in {State.SUBMITTED, *STATE_FOR.values()}}
    walk.ask_cancel(world, files[State.APPROVED])
    walk.ask_undo(world, files[State.CREDITED])
    file = files[State.SUBMITTED]
    upload = Upload("bail", *PDF, visibility=Visibility.BOTH)
    documents.attach(application=file, upload=upload, by=world.advisor, key=key())
    line = file.lines.select_related("lease").all()[0]
    token, _secret = make_token(fund=world.fund, roles=[Role.PAYER], name="essai", days=1, by=world.payer)
    return Scene(
        world=world,
        files={state: Application.objects.get(pk=file.pk) for state, file in files.items()},
        lease=line.lease,
        line=line,
        rent_call=RentCall.objects.filter(lease=line.lease)[0],
        document=file.documents.get(),
        event=file.timeline.latest("pk"),
        token=token,
    )


def put_in_charge(scene: Scene, advisor: User) -> None:
    """Only the advisor in charge takes an advisor's steps."""
    Application.objects.filter(fund=scene.world.fund).update(advisor=advisor)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside leaves no trace."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def identifier(row: Any) -> str:
    return str(row.uuid)
