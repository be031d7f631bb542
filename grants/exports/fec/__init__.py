"""The relief journal in the FEC format (standards: art. A47 A-1 LPF; the layout and its check are `grants.fec`).

It is one journal of the landlord, never the landlord's FEC, and is called so everywhere. A credit charges the relief
account (net) and takes VAT back, against the tenant's account; undoing it is a reversing entry on the same accounts.
One entry per action and voucher, numbered in the file in the order of the ledger: a later file of the same year begins
with the same bytes.

statement.py: the rows, made by PostgreSQL. writing.py: rows to the file, and its check. description.py: the notice.
latin.py: what ISO-8859-15 can't write.
"""

from grants.exports.fec.writing import FEC

__all__ = ["FEC"]
