"""Where the parts of the charts lie: whole numbers in a box, for SVG. A leaf.

Nothing here is a colour or a word: classes are the stylesheet's, words stand in the table behind each picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from grants.ledger import Position, PositionAt
from grants.statistics.burning import WINDOW_DAYS, Burning, Case

WIDTH: Final = 1000
HEIGHT: Final = 260
"""Of the chart of the money over time; the bar is as wide."""


@dataclass(frozen=True, slots=True)
class Segment:
    name: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The position on the width of the ceiling: what is used, what is left, what is not endowed yet."""

    segments: list[Segment]
    endowed_x: int


def bar(position: PositionAt | Position) -> Bar:
    """The segments end where their running total ends, so that together they are as wide as all of it."""
    whole = max(position.ceiling_cents, position.endowed_cents, 1)
    parts = (
        ("credited", position.credited_cents),
        ("committed", position.committed_cents),
        ("reserved", position.reserved_cents),
        ("available", position.available_cents),
        ("unendowed", whole - position.endowed_cents),
    )
    segments, done, x = [], 0, 0
    for name, cents in parts:
        done += cents
        end = done * WIDTH // whole
        if end > x:
            segments.append(Segment(name, x, end - x))
        x = end
    return Bar(segments, position.endowed_cents * WIDTH // whole)


@dataclass(frozen=True, slots=True)
class Chart:
    """The available money over time, as steps up to `highest_cents`; `forecast`: the line to the day it runs dry."""

    area: str
    line: str
    forecast: str
    today_x: int
    first: date
    last: date
    highest_cents: int


def chart(burning: Burning, on: date) -> Chart | None:
    """None where there is nothing to draw: no movement, or a single day."""
    days = burning.days
    if not days:
        return None
    ahead_of_today = burning.forecast.case == Case.FORECAST and burning.forecast.on
    # Of a fund in which nothing moves any more, the years since are no picture.
    end = ahead_of_today or min(on, days[-1].on + timedelta(days=WINDOW_DAYS))
    if end <= days[0].on:
        return None
    first, span = days[0].on, (end - days[0].on).days
    highest = max(1, *(day.available_cents for day in days))

    def x(day: date) -> int:
        return (day - first).days * WIDTH // span

    points = steps([(x(day.on), HEIGHT - day.available_cents * HEIGHT // highest) for day in days], x(min(on, end)))
    line = " ".join(f"{px},{py}" for px, py in points)
    last_x, last_y = points[-1]
    ahead = f"{last_x},{last_y} {WIDTH},{HEIGHT}" if ahead_of_today else ""
    area = f"{points[0][0]},{HEIGHT} {line} {last_x},{HEIGHT}"
    return Chart(area, line, ahead, last_x, first, end, highest)


def steps(points: Sequence[tuple[int, int]], end: int) -> list[tuple[int, int]]:
    """A level lasts until the next day with a movement, and the last one until `end`."""
    drawn: list[tuple[int, int]] = []
    for x, y in points:
        if drawn:
            drawn.append((x, drawn[-1][1]))
        drawn.append((x, y))
    return [*drawn, (end, drawn[-1][1])]
