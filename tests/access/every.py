"""Every row of the matrix: those of `rows.py`, and those of the parts of the site that have a file of their own."""

from collections.abc import Mapping
from typing import Final

from tests.access import charter_rows
from tests.access.control_rows import CONTROL
from tests.access.deciding_rows import DECIDING
from tests.access.export_rows import EXPORT_OPERATIONS, EXPORTS
from tests.access.fec_rows import FEC
from tests.access.filing_rows import FILING
from tests.access.forms_rows import FORMS
from tests.access.fund_rows import FUND
from tests.access.help_rows import HELP
from tests.access.home_rows import HOME
from tests.access.letter_rows import LETTERS
from tests.access.reconciliation_rows import RECONCILIATION
from tests.access.rows import OPERATIONS, PAGES, Row, of_ones_own, one, page

EVERY_PAGE: Final[Mapping[str, Row]] = {
    **PAGES,
    **charter_rows.rows(Row, one, of_ones_own, page),
    **CONTROL,
    **DECIDING,
    **EXPORTS,
    **FEC,
    **FILING,
    **FORMS,
    **FUND,
    **HELP,
    **HOME,
    **LETTERS,
    **RECONCILIATION,
}
EVERY_OPERATION: Final[Mapping[str, Row]] = {**OPERATIONS, **EXPORT_OPERATIONS}
EVERY_ROW: Final[Mapping[str, Row]] = {**EVERY_PAGE, **EVERY_OPERATION}
