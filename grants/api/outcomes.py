"""What an action's endpoint answers: its event and nothing else, so that a replay answers the same, word for word."""

from collections.abc import Mapping
from typing import Any

from rest_framework.response import Response

from grants.api.preconditions import etag
from grants.api.serializers.files import OutcomeRead, lines_named, public_data
from grants.models import Application, Event


def answer_to(done: Application | Event, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to an action that returned the application with its outcome, or a discarded draft's event."""
    event = done if isinstance(done, Event) else done.outcome
    assert event is not None  # noqa: S101 - every action sets it
    body = outcome(event, done)
    tag = {"ETag": etag(body["version"])} if body["version"] else {}
    return Response(OutcomeRead(body).data, status=status, headers={**tag, **(headers or {})})


def outcome(event: Event, done: Application | Event) -> dict[str, Any]:
    of_draft = {"application": event.data.get("application"), "reference": event.data.get("reference")}
    of_file = of_draft if isinstance(done, Event) else {"application": done.uuid, "reference": done.reference}
    return {
        **of_file,
        "action": event.action,
        "state": event.to_state or event.from_state,
        "version": event.version or 0,
        "event": event.uuid,
        "on": event.on,
        "at": event.at,
        "data": in_order(public_data(event.data, lines_named([event]))),
    }


def in_order(value: Any) -> Any:
    """Its names sorted: the database keeps a JSON object's in another order than the action gave them."""
    if isinstance(value, Mapping):
        return {name: in_order(value[name]) for name in sorted(value)}
    return [in_order(item) for item in value] if isinstance(value, list | tuple) else value
