"""Numbers become the geometry of templates/charts/*.html, and the table that stands behind each picture.

Horizontal positions are per cent of the width, vertical ones pixels, so words keep their size at every width.
Positions are text with a decimal point: they go into SVG attributes, where no language's comma may appear.
All words come from the caller; the few that every chart needs go through gettext.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from talkoo.lib import formats

NARROW = 8  # per cent from an edge below which words are anchored to it
FEW = 7  # columns that can each carry their label on a phone


@dataclass(frozen=True)
class Table:
    """What elements/table.html shows."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]

    @property
    def labelled(self) -> list[list[tuple[str, object]]]:
        """Each cell with the words over its column, which a row that has become a block on a phone repeats."""
        return [list(zip(self.head, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Word:
    """Words at a place."""

    x: str
    y: str
    word: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Mark:
    """One row or column of a chart; which positions are used depends on the chart."""

    label: str
    text: str
    x: str = "0"
    y: str = "0"
    width: str = "0"
    height: str = "0"
    at: str = "0"
    low: str = ""
    high: str = ""
    top: str = "0"
    warm: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture with its words: `title` and `says` are its name and description for screen readers."""

    id: str
    title: str
    says: str
    table: Table
    height: str
    base: str = "0"
    rows: Sequence[Mark] = ()
    ticks: Sequence[Word] = ()
    grid: Sequence[Word] = ()
    goal: Word | None = None
    notes: Sequence[Word] = ()
    dot: Word | None = None
    paths: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bar:
    """`text` is the value as people read it; low and high are a 90 % interval, or both None."""

    label: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Interval:
    """A most likely value inside its 90 % interval; `warm` for what needs care."""

    label: str
    low: float
    middle: float
    high: float
    text: str
    warm: bool = False


@dataclass(frozen=True)
class Point:
    """A value at a moment; low and high only in a forecast."""

    label: str
    value: float
    low: float = 0
    high: float = 0


def _n(value: float) -> str:
    """A position for an attribute: two digits at most, always a decimal point."""
    return f"{round(value, 2):g}"


def shown(value: float) -> str:
    """A number as the reader's language writes it."""
    return formats.number(round(value, 2) if value % 1 else int(value))


def _share(low: float, high: float) -> Callable[[float], float]:
    """value -> per cent of the way from low to high, kept inside the picture."""
    span = (high - low) or 1
    return lambda value: min(100.0, max(0.0, 100 * (value - low) / span))


def _anchor(x: float) -> str:
    return "start" if x < NARROW else "end" if x > 100 - NARROW else "middle"


def _range(low: float, high: float) -> str:
    return f"{shown(low)}–{shown(high)}"


def bars(
    uid: str, title: str, says: str, rows: Sequence[Bar], *, of: str, unit: str, top: float | None = None
) -> Chart:
    """Horizontal bars with the words above each. top: the value of a full bar (the largest, if left out)."""
    at, gap = _share(0, top or max((row.high or row.value for row in rows), default=1)), 46
    sure = any(row.low is not None for row in rows)
    marks = [
        Mark(
            row.label,
            row.text,
            y=_n(i * gap),
            width=_n(at(row.value)),
            low="" if row.low is None else _n(at(row.low)),
            high="" if row.high is None else _n(at(row.high)),
        )
        for i, row in enumerate(rows)
    ]
    cells = [
        [row.label, row.text] + ([_range(row.low, row.high or row.low) if row.low is not None else ""] if sure else [])
        for row in rows
    ]
    table = Table(title, [of, unit] + ([_("90 % interval")] if sure else []), cells)
    return Chart(uid, title, says, table, height=_n(max(0, len(rows) * gap - 8)), rows=marks)


def intervals(  # noqa: PLR0917 - what, on which scale
    uid: str,
    title: str,
    says: str,
    rows: Sequence[Interval],
    scale: tuple[float, float],
    ticks: Sequence[tuple[float, str]],
    *,
    of: str,
) -> Chart:
    """A dot inside its 90 % interval, on a scale from scale[0] to scale[1] whose ticks carry words."""
    at, gap = _share(*scale), 54
    marks = [
        Mark(r.label, r.text, y=_n(i * gap), low=_n(at(r.low)), at=_n(at(r.middle)), high=_n(at(r.high)), warm=r.warm)
        for i, r in enumerate(rows)
    ]
    cells = [[r.label, shown(r.middle), _range(r.low, r.high)] for r in rows]
    return Chart(
        uid,
        title,
        says,
        Table(title, [of, _("Most likely"), _("90 % interval")], cells),
        height=_n(len(rows) * gap + 22),
        base=_n(len(rows) * gap),
        rows=marks,
        ticks=[Word(_n(at(value)), "0", word, _anchor(at(value))) for value, word in ticks],
    )


@dataclass(frozen=True)
class _Plane:
    """Where the points of a line stand: x by order, y by value, in a box of 100 by 100."""

    count: int
    top: float
    height: float

    def x(self, order: int) -> float:
        return 100 * order / max(1, self.count - 1)

    def y(self, value: float) -> float:
        return 100 - 100 * value / self.top

    def pixel(self, value: float) -> str:
        return _n(self.height * self.y(value) / 100)


def _path(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in pairs)


def _paths(plane: _Plane, points: Sequence[Point], forecast: Sequence[Point]) -> dict[str, str]:
    """The lines and areas: what was, below it, what is likely, and the band that holds nine of ten outcomes."""
    solid = [(plane.x(i), plane.y(p.value)) for i, p in enumerate(points)]
    start, ahead = solid[-1], [(plane.x(len(points) + i), p) for i, p in enumerate(forecast)]
    paths = {"solid": _path(solid), "area": _path([(0, 100), *solid, (start[0], 100)]), "dashed": "", "band": ""}
    if ahead:
        upper = [(x, plane.y(p.high)) for x, p in ahead]
        lower = [(x, plane.y(p.low)) for x, p in reversed(ahead)]
        paths["dashed"] = _path([start, *((x, plane.y(p.value)) for x, p in ahead)])
        paths["band"] = _path([start, *upper, *lower])
    return paths


def _line_ticks(plane: _Plane, every: Sequence[Point], labels: Sequence[str]) -> list[Word]:
    chosen = set(labels) if labels else {p.label for p in every[:: max(1, len(every) // 5)]}
    last = len(every) - 1
    return [
        Word(_n(plane.x(i)), "0", p.label, "start" if i == 0 else "end" if i == last else "middle")
        for i, p in enumerate(every)
        if p.label in chosen
    ]


def _line_table(title: str, of: str, unit: str, points: Sequence[Point], forecast: Sequence[Point]) -> Table:
    rows = [[p.label, shown(p.value)] for p in points]
    if not forecast:
        return Table(title, [of, unit], rows)
    ahead = [[p.label, shown(p.value), _range(p.low, p.high)] for p in forecast]
    return Table(title, [of, unit, _("90 % interval")], [[*row, ""] for row in rows] + ahead)


def line(
    uid: str,
    title: str,
    says: str,
    points: Sequence[Point],
    *,
    of: str,
    unit: str,
    top: float | None = None,
    forecast: Sequence[Point] = (),
    goal: tuple[float, str] | None = None,
    labels: Sequence[str] = (),
    notes: Sequence[tuple[int, str]] = (),
    height: int = 170,
) -> Chart:
    """A line through at least one point, and its forecast with a band.

    labels: which moments carry words (five or so, if left out) · notes: (order of the point, words) above the line.
    """
    every = [*points, *forecast]
    ceiling = top or max([p.value for p in every] + [p.high for p in forecast] + [goal[0] if goal else 0]) or 1
    plane, last = _Plane(len(every), ceiling, height), points[-1]
    here = _n(plane.x(len(points) - 1))
    return Chart(
        uid,
        title,
        says,
        _line_table(title, of, unit, points, forecast),
        height=_n(height + 26),
        base=_n(height),
        paths=_paths(plane, points, forecast),
        ticks=_line_ticks(plane, every, labels),
        grid=[Word("0", plane.pixel(v), shown(v)) for v in (0, ceiling / 2, ceiling)],
        dot=Word(here, plane.pixel(last.value), shown(last.value)),
        goal=goal and Word("0", plane.pixel(goal[0]), goal[1]),
        notes=[
            Word(_n(plane.x(i)), _n(float(plane.pixel(every[i].value)) - 12), word, _anchor(plane.x(i)))
            for i, word in notes
        ],
    )


def columns(
    uid: str, title: str, says: str, rows: Sequence[tuple[str, float]], *, of: str, unit: str, height: int = 120
) -> Chart:
    """Upright columns, one per (label, value); of many columns every second one carries its label."""
    slot, top = 100 / max(1, len(rows)), max((value for _label, value in rows), default=1) or 1
    marks = [
        Mark(
            label if len(rows) < FEW or i % 2 == 0 else "",
            shown(value),
            x=_n(i * slot + slot * 0.16),
            width=_n(slot * 0.68),
            at=_n((i + 0.5) * slot),
            y=_n(height - height * value / top),
            height=_n(height * value / top),
            top=_n(height - height * value / top - 7),
        )
        for i, (label, value) in enumerate(rows)
    ]
    table = Table(title, [of, unit], [[label, shown(value)] for label, value in rows])
    return Chart(uid, title, says, table, height=_n(height + 24 + 16), base=_n(height), rows=marks)
