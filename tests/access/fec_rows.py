"""The settings of the exports: everybody of the fund reads them, who may not change them is told why."""

from collections.abc import Mapping
from typing import Final

from tests.access.rows import Row, code, page, write

FEC: Final[Mapping[str, Row]] = {"grants:export_settings": write(page("grants:export_settings", code))}
