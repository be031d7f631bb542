"""Do the lines of a file agree with each other? Little is kept of each: a large file must fit."""

from __future__ import annotations

import bisect
import datetime
from array import array
from collections.abc import Iterable

from landlords.rent_roll.dates import Period
from landlords.rent_roll.lines import Told


class FirstTold:
    """What was first said of each thing (a lease, a tenant, premises), as checksums with their line.

    The first line governs: were a later one applied too, importing the same file twice would change things twice.
    """

    def __init__(self, facts: Iterable[str]) -> None:
        self._index = {fact: 2 * place for place, fact in enumerate(facts)}
        self._told: dict[str, array[int]] = {}
        self._last: tuple[str, Told] = ("", {})

    def __contains__(self, key: str) -> bool:
        return key in self._told

    def sift(self, key: str, line: int, facts: Told) -> tuple[Told, dict[str, int]]:
        """Return the facts told of `key` for the first time, and by fact the line that said otherwise before."""
        if self._last == (key, facts):
            return {}, {}
        told = self._told.get(key)
        if told is None:
            told = self._told[key] = array("I", [0]) * (2 * len(self._index))
        fresh: Told = {}
        differing: dict[str, int] = {}
        for fact, value in facts.items():
            place = self._index[fact]
            checksum = _checksum(value)
            if not told[place]:
                told[place], told[place + 1] = checksum, line
                fresh[fact] = value
            elif told[place] != checksum:
                differing[fact] = told[place + 1]
        if not differing:
            self._last = key, facts
        return fresh, differing


def _checksum(value: object) -> int:
    """Return a number > 0 that tells values apart; capitals don't make a difference."""
    folded = value.casefold() if isinstance(value, str) else value
    return (hash(folded) & 0x7FFF_FFFF) + 1


class CallsSeen:
    """The periods already called for each lease; finds the line that a new one repeats or overlaps.

    A period is one number, start, length and line after each other, so that sorted numbers are sorted periods.
    """

    _LINE_BITS, _LENGTH_BITS = 28, 15

    def __init__(self) -> None:
        self._by_lease: dict[str, array[int]] = {}

    def clash(self, lease: str, line: int, period: Period) -> tuple[str, int] | None:
        """Record the period; return the code of a finding and the line it clashes with, None when it is free."""
        seen = self._by_lease.setdefault(lease, array("q"))
        packed = self._pack(line, period)
        place = bisect.bisect(seen, packed)
        for neighbour in seen[max(place - 1, 0) : place + 1]:
            start, end, other = self._unpack(neighbour)
            if start <= period.end and end >= period.start:
                same = (start, end) == (period.start, period.end)
                return ("call_duplicate" if same else "call_overlap"), other
        seen.insert(place, packed)
        return None

    def _pack(self, line: int, period: Period) -> int:
        length = (period.end - period.start).days
        return (period.start.toordinal() << self._LENGTH_BITS | length) << self._LINE_BITS | line

    def _unpack(self, packed: int) -> tuple[datetime.date, datetime.date, int]:
        line = packed & (1 << self._LINE_BITS) - 1
        days = packed >> self._LINE_BITS
        start = datetime.date.fromordinal(days >> self._LENGTH_BITS)
        return start, start + datetime.timedelta(days=days & (1 << self._LENGTH_BITS) - 1), line
