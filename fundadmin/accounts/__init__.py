"""Who is there: log-in by e-mail, the second factor, sessions that end, the log of sign-ins.

What a person may do in a fund is no business of an account: `grants.models.FundMember` says it, and tells by the
setting SECOND_FACTOR_FOR whose roles oblige them to a second factor.
"""
