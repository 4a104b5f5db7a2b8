"""The picture of one direction, as numbers for SVG: our posts left, theirs right, a curve for each link."""

from dataclasses import dataclass

from matching.answers import PostLine, Reason

HEIGHT = 1000.0
WIDTH = 100.0
MOST_DRAWN = 12


@dataclass(frozen=True)
class Curve:
    """A path in a box of WIDTH × HEIGHT that is stretched to the columns; ``stroke`` is in CSS pixels."""

    path: str
    stroke: str


@dataclass(frozen=True)
class LinkDrawing:
    """Posts of both columns from top to bottom as (title, has a link), each row of a column equally high."""

    direction: str
    ours: list[tuple[str, bool]]
    theirs: list[tuple[str, bool]]
    curves: list[Curve]


def draw_links(
    direction: str, reasons: tuple[Reason, ...], uncovered: tuple[PostLine, ...]
) -> LinkDrawing | None:
    """The picture of the first links that fit; None for fewer than two, which the list beneath shows as well."""
    drawn = [reason for reason in reasons if not reason.is_weak][:MOST_DRAWN]
    if len(drawn) < 2:
        return None
    needs = _in_order([reason.need.post for reason in drawn])
    capabilities = _in_order([reason.capability.post for reason in drawn])
    needs += [line for line in uncovered if line not in needs]
    is_get = direction == "get"
    left, right = (needs, capabilities) if is_get else (capabilities, needs)
    linked = {reason.need.post for reason in drawn} | {reason.capability.post for reason in drawn}
    curves = []
    # The strongest is drawn last, so that it lies on top.
    for reason in reversed(drawn):
        need, capability = reason.need.post, reason.capability.post
        ours, theirs = (need, capability) if is_get else (capability, need)
        start = _middle(left.index(ours), len(left))
        end = _middle(right.index(theirs), len(right))
        curves.append(Curve(path=_curve(start, end), stroke=f"{1.5 + 3.5 * reason.fit:.1f}"))
    return LinkDrawing(
        direction=direction,
        ours=[(line.title, line in linked) for line in left],
        theirs=[(line.title, line in linked) for line in right],
        curves=curves,
    )


def _in_order(lines: list[PostLine]) -> list[PostLine]:
    return list(dict.fromkeys(lines))


def _middle(row: int, rows: int) -> float:
    return HEIGHT * (row + 0.5) / rows


def _curve(start: float, end: float) -> str:
    bend = WIDTH / 2
    return f"M0 {start:.1f}C{bend:.0f} {start:.1f} {bend:.0f} {end:.1f} {WIDTH:.0f} {end:.1f}"
