"""Home, the list of files, a file's page and its short steps, comments, a portfolio's transfer."""

from collections.abc import Callable, Mapping
from typing import Any

from django.test import Client
from django.urls import reverse

from grants.actions.comments import comment
from grants.enums import Action
from tests.access.people import ALL, ROLES
from tests.access.rows import Row, code, listed, one, page, write
from tests.access.scene import Scene
from tests.factories import key


def file_uuid(scene: Scene) -> Any:
    return scene.file.uuid


def step(action: Action) -> Callable[[Scene], str]:
    return lambda scene: reverse("grants:act", args=[scene.file_for(action).uuid, action])


def mend(client: Client, scene: Scene) -> Any:
    """A comment of the fund's own advisor, who is nobody of those who ask."""
    written = comment(application=scene.file, text="Essai.", shared=True, by=scene.world.advisor2, key=key())
    return client.get(reverse("grants:mend_comment", args=[written.uuid]))


WRITERS = frozenset(name for name in ROLES if "auditor" not in name)

HOME: Mapping[str, Row] = {
    # The funds one has a role in stand beside the tasks.
    "grants:home": listed(page("grants:home"), code),
    "grants:applications": listed(page("grants:applications"), lambda scene: scene.file.reference),
    "grants:application": one(page("grants:application", file_uuid)),
    # Everybody who sees a file is told why a step is not theirs.
    "grants:act": one(step(Action.REMIND)),
    "grants:comment": write(
        page("grants:comment", file_uuid),
        lambda _scene: {"text": "Essai.", "shared": "internal", "key": key()},
        own=ALL,
    ),
    # An author's own, and its author asks for nothing here (tests/grants/views/test_comments.py).
    "grants:mend_comment": Row(ask=mend, own=(), reached={404}),
    "grants:portfolio": one(page("grants:portfolio", code), own={"chamber manager"}),
}
