"""What commands take from the command line, and the sentence when it can't be taken."""

import argparse
from datetime import date

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from grants.models import Fund


def fund_named(code: str) -> Fund:
    """The fund with this code. Raises CommandError, naming those there are."""
    fund = Fund.objects.filter(code=code).first()
    if fund is None:
        known = ", ".join(Fund.objects.order_by("code").values_list("code", flat=True)[:20])
        raise CommandError(
            _("There is no fund “%(code)s”. Funds: %(known)s.") % {"code": code, "known": known or _("none yet")}
        )
    return fund


def day(text: str) -> date:
    """A day written as in 2020-05-05, as an argparse type."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("“%(text)s” isn't a date like 2020-05-05.") % {"text": text}) from None
