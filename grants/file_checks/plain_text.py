"""What is looked for in plain text and CSV: formulas, which a spreadsheet would run. A leaf."""

import re
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.file_checks.kinds import Text

# A cell begins a line or follows a separator. After a sign, only a call of another program counts (`-cmd|...`):
# amounts and lists begin with one too. Possessive, so that no text takes long.
FORMULA: Final = re.compile(
    rb"""(?:^|[;,\t\r\n])[ ]*+["']?+[ ]*+(?:=[= ]*+[^=\s]|@|[+-][^;,\t\r\n|]*+\|)""", re.MULTILINE
)


def text_problems(content: bytes) -> Iterator[tuple[str, Text]]:
    if FORMULA.search(content.removeprefix(b"\xef\xbb\xbf")):
        yield "document_formula", WITH_FORMULA


WITH_FORMULA = _("“%(name)s” holds cells that a spreadsheet would run as formulas: save it as a PDF and attach that.")
