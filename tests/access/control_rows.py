"""The pages of a fund's control. A sample is its auditors' own; here one of an external auditor, under way."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.access.people import EXTERNAL, ROLES
from tests.access.rows import OVERSEERS, Row, code, one, page
from tests.access.scene import Scene
from tests.grants.control.samples import a_sample

AUDITORS: Final = frozenset(name for name in ROLES if "auditor" in name)


def sample(scene: Scene) -> Any:
    """One of the fund's own auditor, drawn when it is first asked for."""
    return (scene.world.fund.samples.first() or a_sample(scene.world)).uuid


def its(name: str, *args: Callable[[Scene], Any]) -> Row:
    return one(page(f"grants:{name}", sample, *args), own=EXTERNAL)


CONTROL: Mapping[str, Row] = {
    "grants:ageing": one(page("grants:ageing", code)),
    "grants:four_eyes": one(page("grants:four_eyes", code), own=OVERSEERS),
    "grants:samples": one(page("grants:samples", code), own=OVERSEERS),
    "grants:new_sample": one(page("grants:new_sample", code), own=AUDITORS),
    "grants:sample": its("sample"),
    "grants:sample_sheet": its("sample_sheet", lambda _scene: 1),
    "grants:sign_sample": its("sign_sample"),
    "grants:abandon_sample": its("abandon_sample"),
    "grants:sample_pdf": its("sample_pdf"),
    "grants:sample_xlsx": its("sample_xlsx"),
}
