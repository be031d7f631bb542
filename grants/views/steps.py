"""Where each step is taken: one table, so that a link to a step is written once."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.urls import reverse

from grants.enums import Action
from grants.models import Application

PAGES: Final[Mapping[Action, str]] = {
    Action.EDIT: "grants:edit_draft",
    Action.SUBMIT: "grants:submit_draft",
    Action.ATTACH: "grants:file_documents",
    Action.ASSESS_FAVOURABLE: "grants:assess",
    Action.ASSESS_UNFAVOURABLE: "grants:assess",
    Action.APPROVE: "grants:approve",
    Action.CREDIT: "grants:credit",
    Action.ASK_CANCEL_LINES: "grants:ask_reverse",
    Action.ASK_REVERSE: "grants:ask_reverse",
    Action.CANCEL_LINES: "grants:settle_request",
    Action.REVERSE: "grants:settle_request",
    Action.REFUSE_REQUEST: "grants:settle_request",
}
"""The steps that have a page of their own; the others are short (`grants:act`)."""

ON_A_REQUEST: Final = frozenset({Action.CANCEL_LINES, Action.REVERSE, Action.REFUSE_REQUEST})
"""Their page is a request's, not a file's."""


def page_of(action: Action, file: Application, request: UUID | None = None) -> str:
    """The address at which a step is taken. `request`: the open request that a step settles."""
    if action not in PAGES:
        return reverse("grants:act", args=[file.uuid, action])
    return reverse(PAGES[action], args=[request if action in ON_A_REQUEST else file.uuid])
