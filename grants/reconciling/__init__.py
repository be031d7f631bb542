"""What the landlord's accountant is handed, and how it agrees with what comes back. Reads, never writes.

- `to_credit`: the approved lines, as the credit schedule asks for them.
- `owed`: what was committed and not credited at the end of a day, from the ledger's rows alone.
- `credited`: what was credited at the end of a day, and by which voucher, from the ledger and its events alone.
- `vouchers`: each voucher beside what the landlord's books say of it; what one side has and the other hasn't.
"""
