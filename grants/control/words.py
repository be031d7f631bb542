"""A sample in words, the same on page, paper and in the workbook: how it was drawn, what it found, its limits."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants.control.plan import Plan
from grants.control.projection import Looked, Projection
from grants.control.results import Redraw
from grants.enums import Found, SampleMethod, SampleScope, SampleState, SampleUnit
from grants.models import Letter, Sample
from grants.money import euros, percent

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

OF: Final[Mapping[tuple[str, str], "_StrPromise"]] = {
    (SampleUnit.FILE, SampleScope.CREDITED): gettext_lazy("applications credited from %(since)s to %(until)s"),
    (SampleUnit.FILE, SampleScope.APPROVED): gettext_lazy("applications approved from %(since)s to %(until)s"),
    (SampleUnit.LINE, SampleScope.CREDITED): gettext_lazy("relief lines credited from %(since)s to %(until)s"),
    (SampleUnit.LINE, SampleScope.APPROVED): gettext_lazy("relief lines approved from %(since)s to %(until)s"),
}
FOUND_NOTHING_YET: Final = gettext_lazy("not looked at yet")


def title_of(sample: Sample) -> str:
    return _("Sample no. %(number)s") % {"number": sample.number}


def population_words(of: Sample | Plan) -> str:
    """What was drawn from: `applications credited from 01/03/2020 to 30/06/2020`."""
    days = {"since": day(of.since), "until": day(of.until)}
    return str(OF[SampleUnit(of.unit), SampleScope(of.scope)]) % days


def stratum_words(stratum: Mapping[str, int | None]) -> str:
    """The amounts a stratum holds."""
    above, upto = stratum["above_cents"] or 0, stratum["upto_cents"]
    if upto is None:
        return _("all amounts") if not above else _("above %(above)s") % {"above": euros(above)}
    if not above:
        return _("up to %(upto)s") % {"upto": euros(upto)}
    return _("above %(above)s and up to %(upto)s") % {"above": euros(above), "upto": euros(upto)}


def found_words(outcome: str) -> str:
    return str(Found(outcome).label if outcome else FOUND_NOTHING_YET)


def day(value: date) -> str:
    return date_format(value, "SHORT_DATE_FORMAT")


def moment(value: datetime) -> str:
    """In the time of where the funds are."""
    return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")


def letter_words(letter: Letter) -> str:
    """A letter's number and date, and what became of it."""
    dated = _("no. %(number)s of %(day)s") % {"number": letter.number, "day": day(letter.dated)}
    if letter.set_aside_on:
        return ", ".join((dated, _("set aside on %(day)s, never sent") % {"day": day(letter.set_aside_on)}))
    if letter.sent_on is None:
        return ", ".join((dated, _("still to be sent")))
    sent = _("sent on %(day)s (%(how)s)") % {"day": day(letter.sent_on), "how": letter.get_channel_display()}
    return f"{dated}, {sent}"


def how_drawn(sample: Sample) -> Iterator[str]:
    """How anybody draws it again."""
    if sample.method == SampleMethod.STRATIFIED:
        yield _("Each unit belongs to the first stratum whose upper bound its amount does not exceed.")
    yield _(
        "For each unit, the SHA-256 of the seed, a line feed and the unit's key, in lower-case hexadecimal; sorted by"
        " these digests, the first ones of each stratum are drawn, as many as it says; the last stratum of a"
        " stratified sample is taken whole."
    )
    yield (
        _("The key is the file's reference.")
        if sample.unit == SampleUnit.FILE
        else _("The key is the relief line's identifier (UUID).")
    )
    yield _(
        "The population is what the fund's journal says up to entry %(number)s (digest %(head)s). SHA-256 of the list"
        " of its keys and cents: %(digest)s."
    ) % {"number": sample.head_number, "head": sample.head_digest, "digest": sample.population_digest}


def redraw_sentence(again: Redraw) -> str:
    """Whether today's journal gives the same sample."""
    if again.holds:
        return _("Drawn again from the journal as it is today: the same population and the same units.")
    if again.same_population:
        return _("Drawn again from the journal as it is today, other units come out: the sample was not drawn so.")
    return _("Drawn again from the journal as it is today, the population is another: the journal was rewritten since.")


def result_sentence(found: Projection) -> str:
    """What the sample says of the whole, first of all."""
    said = _(
        "Projected error: %(projected)s of %(population)s, that is %(rate)s. Found in the sample: %(error)s of"
        " %(looked)s."
    )
    return said % {
        "projected": euros(found.projected_cents),
        "population": euros(found.cents),
        "rate": percent(found.rate_bp),
        "error": euros(found.error_cents),
        "looked": euros(found.looked_cents),
    }


def formula() -> str:
    return _(
        "In each stratum: error found, divided by the amount looked at, times the amount of the stratum; the strata are"
        " added up (ratio estimator). Reckoned in fractions of cents, rounded half up at the end. Minor anomalies have"
        " no amount and are not projected."
    )


def limits(found: Projection) -> Iterator[str]:
    """What the figure doesn't say."""
    yield _(
        "It is the likeliest error, not the largest possible one: another draw would give another figure, the more so"
        " the smaller the sample and the rarer the errors. A ratio estimator is slightly biased in small samples."
    )
    yield _(
        "It supposes that amounts at risk were all judged alike, and that errors grow with amounts within a stratum."
    )
    yield from (rule_of_three(one) for one in found.strata if one.most_wrong_bp is not None)


def rule_of_three(one: Looked) -> str:
    said = _(
        "Stratum of %(count)s units: %(drawn)s were looked at without an anomaly, so with 95 %% confidence at most"
        " %(share)s of its units are wrong (rule of three, 3 / %(drawn)s)."
    )
    return said % {"count": one.count, "drawn": one.drawn, "share": percent(one.most_wrong_bp or 0)}


def closing_words(sample: Sample) -> str:
    """Who closed it, and when."""
    if sample.closed_at is None:
        return _("Not signed off yet: findings may still change.")
    params = {"who": sample.closed_by, "at": moment(sample.closed_at)}
    if sample.state == SampleState.SIGNED:
        return _("Signed off by %(who)s on %(at)s. Nothing in it has changed since.") % params
    return _("Given up by %(who)s on %(at)s.") % params
