"""An ordinary request for any action on a file, so that a test can let anybody try anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fundadmin.models import User
from grants.actions import assessment, crediting, decision, documents, filing, lifecycle, reversal, waiting
from grants.actions.documents import Upload
from grants.enums import Action, Channel, LineState, RejectionReason, RequestKind, RequestState, ReversalReason
from grants.models import Application, ReversalRequest
from tests.factories import PDF
from tests.grants import walk

Asked = tuple[Callable[..., Any], dict[str, Any]]
"""The action's function, and its keywords but for `by`, `key` and `on`."""


@dataclass(frozen=True)
class Choice:
    """What whoever asks chooses: `pick` varies what and how much, `advisor` is whom a file is transferred to."""

    on: date
    advisor: User
    pick: int = 0


def some(ids: list[int], pick: int) -> list[int]:
    """All of them, or some: at least one, if there is any."""
    return ids[pick % len(ids) :] if ids else []


def less(file: Application, field: str, pick: int) -> dict[int, int] | None:
    """What was asked for or proposed, by default; or only some of it, and nothing at all of every second line."""
    lines = {line.pk: getattr(line, field) or 0 for line in file.lines.all()}
    if pick == 0 or not lines:
        return None
    return {pk: 0 if n % 2 else cents * pick // 4 for n, (pk, cents) in enumerate(lines.items())}


def request_of(file: Application, *kinds: RequestKind, pick: int) -> ReversalRequest | None:
    """An open request of these kinds; or, if there is none, any that was ever made."""
    mine = list(file.requests.order_by("pk"))
    wanted = [request for request in mine if request.state == RequestState.OPEN and request.kind in kinds] or mine
    return wanted[pick % len(wanted)] if wanted else None


def asked_of(file: Application, choice: Choice) -> Mapping[Action, Callable[[], Asked | None]]:
    """How to ask for each action on a file; None where there is nothing to ask about."""
    pick, on = choice.pick, choice.on
    this = {"application": file}

    def settle(function: Callable[..., Any], *kinds: RequestKind, **asked: Any) -> Asked | None:
        request = request_of(file, *kinds, pick=pick)
        return (function, {"request": request} | asked) if request else None

    undo = (RequestKind.UNCREDIT, RequestKind.REVERSE)
    kind = undo[pick % 2]
    clerical, takes_back = ReversalReason.CLERICAL_ERROR, [ReversalReason.LEASE_ENDED, ReversalReason.DOUBLE_AID]
    reversing = {
        "kind": kind,
        "lines": some(walk.line_ids(file, LineState.CREDITED), pick // 2),
        "reason": clerical if kind == RequestKind.UNCREDIT else takes_back[pick // 2 % 2],
        "notice_sent_on": on,
    }
    motive = [RejectionReason.CRITERIA_NOT_MET, RejectionReason.OTHER][pick % 2]
    upload = Upload("bail", "bail.pdf", PDF[1])
    return {
        Action.EDIT: lambda: (filing.edit, this | {"facts": {"headcount": pick}}),
        Action.DISCARD: lambda: (filing.discard, this),
        Action.SUBMIT: lambda: (filing.submit, this),
        Action.ATTACH: lambda: (documents.attach, this | {"upload": upload}),
        Action.SUPPLY: lambda: (lifecycle.supply, this | {"facts": {"arrears_cents": pick}}),
        Action.REQUEST_INFO: lambda: (assessment.request_info, this | {"wanted": ["headcount"], "message": "?"}),
        Action.ANSWER: lambda: (filing.answer, this | {"facts": {"headcount": pick}}),
        Action.REMIND: lambda: (assessment.remind, this),
        Action.LAPSE: lambda: (assessment.lapse, this),
        Action.ASSESS_FAVOURABLE: lambda: (
            assessment.assess_favourable,
            this | {"amounts": less(file, "asked_cents", pick), "no_conflict": True},
        ),
        Action.ASSESS_UNFAVOURABLE: lambda: (
            assessment.assess_unfavourable,
            this | {"reason": walk.REASON, "no_conflict": True},
        ),
        Action.APPROVE: lambda: (
            decision.approve,
            this | {"amounts": less(file, "proposed_cents", pick), "reason": walk.REASON, "no_conflict": True},
        ),
        Action.SEND_BACK: lambda: (decision.send_back, this | {"reason": walk.REASON}),
        Action.REJECT: lambda: (decision.reject, this | {"motive": motive, "reason": walk.REASON}),
        Action.CREDIT: lambda: (
            crediting.credit,
            this
            | {
                "lines": some(walk.line_ids(file, LineState.APPROVED), pick),
                "voucher": walk.voucher(on, ref=f"AV-{file.tenant_id}"),
            },
        ),
        Action.ASK_CANCEL_LINES: lambda: (
            reversal.ask_cancel_lines,
            this | {"lines": some(walk.line_ids(file, LineState.APPROVED), pick), "reason": ReversalReason.NOT_NEEDED},
        ),
        Action.ASK_REVERSE: lambda: (reversal.ask_reverse, this | reversing),
        Action.CANCEL_LINES: lambda: settle(reversal.cancel_lines, RequestKind.CANCEL),
        Action.REVERSE: lambda: settle(reversal.reverse, *undo),
        Action.REFUSE_REQUEST: lambda: settle(reversal.refuse_request, *RequestKind, reason=walk.REASON),
        Action.WITHDRAW: lambda: (
            lifecycle.withdraw,
            this | {"requested_on": on - timedelta(days=pick), "channel": Channel.PHONE},
        ),
        Action.WARN_EXPIRY: lambda: (waiting.warn_expiry, this),
        Action.EXPIRE: lambda: (waiting.expire, this),
        Action.OFFER: lambda: (waiting.offer, this),
        Action.LAPSE_OFFER: lambda: (waiting.lapse_offer, this),
        Action.TRANSFER: lambda: (lifecycle.transfer, this | {"to": choice.advisor}),
        Action.APPLY_NEW_VERSION: lambda: (lifecycle.apply_new_version, this),
        Action.REOPEN: lambda: (lifecycle.reopen, this | {"reason": walk.REASON}),
    }
