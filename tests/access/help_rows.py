"""Help is open to all."""

from collections.abc import Mapping

from tests.access.rows import Row, open_to_all, page

HELP: Mapping[str, Row] = {
    "grants:help": open_to_all(page("grants:help"), 200),
    "grants:guide": open_to_all(page("grants:guide", lambda _scene: "conseiller"), 200),
    "grants:glossary": open_to_all(page("grants:glossary"), 200),
    "grants:accessibility": open_to_all(page("grants:accessibility"), 200),
}
