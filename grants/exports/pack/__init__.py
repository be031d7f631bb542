"""The auditor's pack: one zip that says all of a fund and that `verify_pack.py` recomputes without the server.

`kind` is the export, `archive` the zip, `scope` what of the fund is told, `parts` the parts and `ledger_part` the
ledger with what follows from it; `past` says how files stood on a former day. `verify_pack.py` is the auditor's:
one file of the standard library, which imports nothing of ours and is imported by nothing but `kind` and the tests.
"""
