"""What a program sends for each action on a file: an ordinary body, made from the file as it is."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from fundadmin.models import User
from grants.enums import Action, LineState
from grants.models import Application
from tests.factories import PDF
from tests.grants import walk


def lines(file: Application, *states: LineState) -> list[str]:
    found = file.lines.filter(state__in=states) if states else file.lines.all()
    return [str(line.uuid) for line in found]


def last_request(file: Application) -> dict[str, str]:
    return {"request": str(file.requests.latest("pk").uuid)}


def pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("bail.pdf", PDF[1], content_type="application/pdf")


BODIES: Mapping[Action, Callable[[Application, User], dict[str, Any]]] = {
    Action.EDIT: lambda _file, _to: {"facts": {"headcount": 4}},
    Action.DISCARD: lambda _file, _to: {},
    Action.SUBMIT: lambda _file, _to: {},
    Action.ATTACH: lambda _file, _to: {"file": pdf(), "kind": "bail"},
    Action.SUPPLY: lambda _file, _to: {"facts": {"arrears_cents": 0, "arrears_on": "2020-02-29"}},
    Action.REQUEST_INFO: lambda _file, _to: {"wanted": ["headcount"], "message": walk.MESSAGE},
    Action.ANSWER: lambda _file, _to: {"facts": {"headcount": 4}},
    Action.REMIND: lambda _file, _to: {},
    Action.LAPSE: lambda _file, _to: {},
    Action.ASSESS_FAVOURABLE: lambda _file, _to: {"no_conflict": True},
    Action.ASSESS_UNFAVOURABLE: lambda _file, _to: {"reason": walk.REASON, "no_conflict": True},
    Action.APPROVE: lambda _file, _to: {"no_conflict": True},
    Action.SEND_BACK: lambda _file, _to: {"reason": walk.REASON},
    Action.REJECT: lambda _file, _to: {"motive": "criteria_not_met"},
    Action.CREDIT: lambda file, _to: {
        "lines": lines(file, LineState.APPROVED) or lines(file),
        "voucher": {"form": "credit_note", "ref": f"AV-{file.tenant_id}", "on": "2020-05-05"},
    },
    Action.ASK_CANCEL_LINES: lambda file, _to: {"lines": lines(file), "reason": "not_needed"},
    Action.ASK_REVERSE: lambda file, _to: {"lines": lines(file), "reason": "lease_ended", "kind": "reverse"},
    Action.CANCEL_LINES: lambda file, _to: last_request(file),
    Action.REVERSE: lambda file, _to: last_request(file),
    Action.REFUSE_REQUEST: lambda file, _to: last_request(file) | {"reason": walk.REASON},
    Action.WITHDRAW: lambda _file, _to: {"requested_on": timezone.localdate().isoformat(), "channel": "phone"},
    Action.TRANSFER: lambda _file, to: {"to": str(to.uuid)},
    Action.APPLY_NEW_VERSION: lambda _file, _to: {},
    Action.REOPEN: lambda _file, _to: {"reason": walk.REASON},
}
"""Action -> (file, whom it is transferred to) -> body. `attach` comes as a form, the others as JSON."""


def body_of(action: Action, file: Application, to: User) -> dict[str, Any]:
    return BODIES[action](file, to)
