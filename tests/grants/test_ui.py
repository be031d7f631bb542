"""What pages are made of."""

from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template

from grants.enums import FundState, LineState, RequestState, State
from grants.models import Application, Fund, FundProposal, ReliefLine, ReversalRequest
from grants.templatetags.ui import LOOKS

ICONS = (Path(settings.BASE_DIR) / "fundadmin" / "static" / "fundadmin" / "icons.svg").read_text()


def drawn(of: object) -> str:
    return Template("{% load ui %}{% state of %}").render(Context({"of": of}))


@pytest.mark.parametrize(
    ("model", "states"),
    [
        (Application, State),
        (ReliefLine, LineState),
        (Fund, FundState),
        (ReversalRequest, RequestState),
        (FundProposal, RequestState),
    ],
)
def test_each_state_is_told_by_a_word_an_icon_and_a_colour(
    model: type[Application | ReliefLine | Fund | ReversalRequest | FundProposal],
    states: type[State | LineState | FundState | RequestState],
) -> None:
    assert set(LOOKS[model]) == set(states)
    for state in states:
        shown = model(state=state)
        badge = drawn(shown)
        name, tone = LOOKS[model][state]
        assert f'id="{name}"' in ICONS
        assert f"state-{tone}" in badge
        assert shown.get_state_display() in badge.replace("&#x27;", "'")


def test_an_icon_is_hidden_from_those_who_listen() -> None:
    assert Template('{% load ui %}{% icon "fund" %}').render(Context()) == (
        '<svg class="icon" aria-hidden="true" focusable="false">'
        '<use href="/static/fundadmin/icons.svg#fund"></use></svg>'
    )
