"""The FEC format (“fichier des écritures comptables”, art. A47 A-1 LPF) and our own strict check of it. A leaf.

The tax office's tool calls an unbalanced file in order; this check doesn't. It takes a file of any size, and rubbish,
in bounded memory, and tells everything that is wrong: where, what is there, how to mend it, in French and English. It
needs nothing but Python's standard library.

layout.py: the 18 columns, what a file is called. faults.py: what may be wrong, in words. checking.py: line by line.
values.py: single values. description.py: the paper that goes with a file, checked.
"""

from grants.fec.checking import Report, check_entries, check_file
from grants.fec.description import description_faults
from grants.fec.faults import Fault, Language
from grants.fec.layout import COLUMNS, ENCODING, Column, description_name, file_name

__all__ = [
    "COLUMNS",
    "ENCODING",
    "Column",
    "Fault",
    "Language",
    "Report",
    "check_entries",
    "check_file",
    "description_faults",
    "description_name",
    "file_name",
]
