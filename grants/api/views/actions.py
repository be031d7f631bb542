"""One endpoint per action: POST /applications/{id}/{action}/, with an Idempotency-Key and an If-Match."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fundadmin.models import User
from grants import quick
from grants.api.keys import lines_outside, outside
from grants.api.outcomes import answer_to
from grants.api.preconditions import expect_version, key_of
from grants.api.serializers.files import OutcomeRead
from grants.api.steps import STEPS, Step, carry_out
from grants.api.views.base import who
from grants.enums import Action
from grants.exceptions import ActionRefused
from grants.models import Event


class ActionView(APIView):
    """A step on an application. The subclass of each action knows its `step`."""

    step: ClassVar[Step]

    def act(self, request: Request, uuid: UUID) -> Response:
        key, by = key_of(request), who(request)
        application = quick.file_open_to(by, uuid)
        if application is None:
            return answer_to(discarded(self.step, uuid, by, key))
        expect_version(request, application)
        asked = self.step.body(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            done = carry_out(self.step, application, asked.validated_data, by=by, key=key)
        except ActionRefused as refusal:
            raise outside(refusal, lines_outside([application.pk])) from refusal
        return answer_to(done)


def discarded(step: Step, uuid: UUID, by: User, key: str) -> Event:
    """The first outcome of a draft's deletion, for who asks again: the draft itself is gone. Raises Http404."""
    asked = Event.objects.filter(user=by, action=Action.DISCARD, key=key, data__application=str(uuid))
    event = asked.first() if step.action == Action.DISCARD else None
    if event is None:
        raise Http404
    return event


def view_of(step: Step) -> type[APIView]:
    """The endpoint of one action, described by the action's own words."""
    multipart = step.action == Action.ATTACH

    @extend_schema(
        operation_id=f"application_{step.action.value}",
        request={"multipart/form-data": step.body} if multipart else step.body,
        responses=OutcomeRead,
        description=step.sentence,
        tags=["actions"],
    )
    def post(self: ActionView, request: Request, id: UUID) -> Response:  # noqa: A002 - the address's own word
        return self.act(request, id)

    members: dict[str, Any] = {"step": step, "post": post}
    if multipart:
        members["parser_classes"] = [MultiPartParser]
    name = "".join(word.title() for word in step.action.value.split("_"))
    return type(f"{name}View", (ActionView,), members)


ACTION_VIEWS: Mapping[str, type[APIView]] = {action.value: view_of(step) for action, step in STEPS.items()}
