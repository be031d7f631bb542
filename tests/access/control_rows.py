"""The pages of a fund's control."""

from collections.abc import Mapping

from tests.access.rows import OVERSEERS, Row, code, one, page

CONTROL: Mapping[str, Row] = {
    "grants:ageing": one(page("grants:ageing", code)),
    "grants:four_eyes": one(page("grants:four_eyes", code), own=OVERSEERS),
}
