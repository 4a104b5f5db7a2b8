"""The results of evaluations as tables: one line a figure, one column a set and split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matching.grade_shares import NOT_SHOWN

MEASURES = ("ndcg@10", "recall@10", "recall@100", "mrr")
EDITS = {
    "typo": "a typo",
    "synonym": "a synonym",
    "order": "two sentences swapped",
    "ending": "another ending",
}

Result = dict[str, Any]
# The name of a figure, and what it says of each result.
Line = tuple[str, list[str]]


def table_of(result: Result) -> str:
    """Return one result to print: every system's quality, then everything else that was measured."""
    parts = [f"{result['queries']} queries, each a {result['query_side']}"]
    if "systems" in result:
        parts.append(_table_of_systems(result))
    rest = [line for line in summary_lines([result])[1:] if not line[0].startswith("nDCG@10")]
    if rest:
        parts.append(plain_table(rest))
    return "\n\n".join(parts)


def _table_of_systems(result: Result) -> str:
    lines = [
        "system      " + "".join(f"{name:>12}" for name in MEASURES) + "   ours minus it, nDCG@10 (95 %)"
    ]
    for system, figures in result["systems"].items():
        line = f"{system:<12}" + "".join(f"{figures[name]:>12.3f}" for name in MEASURES)
        if system in result["bootstrap"]:
            line += f"   {_gain(result, system)}"
        lines.append(line)
    return "\n".join(lines)


def summary_lines(results: Sequence[Result]) -> list[Line]:
    """Return every figure of every result; the first line names set and split. What was not measured is a dash."""
    lines: list[Line] = [
        ("set", [_name(one) for one in results]),
        ("queries", [str(one["queries"]) for one in results]),
    ]
    if any("systems" in one for one in results):
        lines += _lines_of_quality(results)
    if any("calibration" in one for one in results):
        lines += _lines_of_calibration(results)
    if any("faithfulness" in one for one in results):
        lines += _lines_of_faithfulness(results)
    if any("stability" in one for one in results):
        lines += _lines_of_stability(results)
    if any("exposure" in one for one in results):
        lines += _lines_of_exposure(results)
    return lines


def _lines_of_quality(results: Sequence[Result]) -> list[Line]:
    names = dict.fromkeys(name for one in results for name in one.get("bootstrap", {}))
    ours = [_number(_at(one, "systems", "ours", "ndcg@10")) for one in results]
    lines = [("nDCG@10, ours", ours)]
    for name in names:
        theirs = [_number(_at(one, "systems", name, "ndcg@10")) for one in results]
        gains = [_gain(one, name) for one in results]
        lines += [(f"nDCG@10, {name}", theirs), (f"nDCG@10, ours minus {name}", gains)]
    return lines


def _lines_of_calibration(results: Sequence[Result]) -> list[Line]:
    words = dict.fromkeys(word for one in results for word in _at(one, "calibration", "grades") or ())
    lines: list[Line] = []
    for word in words:
        found = [_at(one, "calibration", "grades", word) for one in results]
        name = "labelled among those not shown" if word == NOT_SHOWN else f"labelled among {word} fits"
        lines.append((name, [_share_of_pairs(one) for one in found]))
    base = [_at(one, "calibration", "base") for one in results]
    lines.append(("labelled among all pairs", [_share_of_pairs(one) for one in base]))
    falls = [_at(one, "calibration", "is_monotone") for one in results]
    answers = {True: "yes", False: "NO", None: "–"}
    return [*lines, ("share falls from grade to grade", [answers[one] for one in falls])]


def _lines_of_faithfulness(results: Sequence[Result]) -> list[Line]:
    def cell(result: Result) -> str:
        found = result.get("faithfulness")
        if not found or found["share"] is None:
            return "–"
        return f"{_percent(found['share'])}, by chance {found['by_chance']:.0%}"

    return [("the cited sentence is what the score needs most", [cell(one) for one in results])]


def _lines_of_stability(results: Sequence[Result]) -> list[Line]:
    lines: list[Line] = []
    for edit, words in EDITS.items():
        found = [_at(one, "stability", edit) or {} for one in results]
        lines.append((f"{words}: overlap@10", [_estimate(one.get("overlap@10")) for one in found]))
        lines.append((f"{words}: the first stays first", [_percent(one.get("first_kept")) for one in found]))
    return lines


def _lines_of_exposure(results: Sequence[Result]) -> list[Line]:
    def cells(figure: str) -> list[str]:
        found = [one.get("exposure") or {} for one in results]
        return [
            "–"
            if not one.get(figure)
            else f"{_estimate(one[figure])}, cosine {one[f'{figure}_of_cosine']:.3f}"
            for one in found
        ]

    return [
        ("exposure on first pages: Gini", cells("gini")),
        ("never on a first page: share", cells("never_shown")),
    ]


def plain_table(lines: Sequence[Line]) -> str:
    """Return lines with columns as wide as their widest cell."""
    rows = [[name, *cells] for name, cells in lines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def markdown_table(lines: Sequence[Line]) -> str:
    """Return the same as a table in Markdown."""
    (name, heading), *rest = lines
    rows = [[name, *heading], ["---"] * (1 + len(heading)), *([label, *cells] for label, cells in rest)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _name(result: Result) -> str:
    return f"{result['set']}, {result['split']}"


def _gain(result: Result, system: str) -> str:
    found = _at(result, "bootstrap", system, "ndcg@10")
    if found is None:
        return "–"
    return f"{found['difference']:+.3f} ({found['low']:+.3f} to {found['high']:+.3f})"


def _share_of_pairs(found: Result | None) -> str:
    if found is None or found["share"] is None:
        return "–"
    digits = 1 if found["share"]["value"] >= 0.1 else 2
    return f"{_percent(found['share'], digits)} of {found['pairs']:,}"


def _estimate(found: dict[str, float] | None) -> str:
    return "–" if found is None else f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})"


def _percent(found: dict[str, float] | None, digits: int = 0) -> str:
    if found is None:
        return "–"
    value, low, high = (f"{100 * found[name]:.{digits}f}" for name in ("value", "low", "high"))
    return f"{value} % ({low} to {high})"


def _number(found: float | None) -> str:
    return "–" if found is None else f"{found:.3f}"


def _at(result: Result, *keys: str) -> Any:
    """Return what lies so deep in a result, None where a key is missing."""
    found: Any = result
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            return None
        found = found[key]
    return found
