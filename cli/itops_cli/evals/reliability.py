"""The reliability picture: how often verdicts of a confidence are right, as an SVG of our own."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from itops_cli.evals.statistics import Bin, Calibration

_WIDTH, _HEIGHT = 520, 480
_LEFT, _TOP, _SIDE = 64, 40, 360
_BARS_TOP, _BARS = 420, 30
_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #57606a }
  .axis { stroke: #8c959f; stroke-width: 1; fill: none }
  .grid { stroke: #8c959f; stroke-opacity: .25 }
  .even { stroke: #8c959f; stroke-dasharray: 4 4 }
  .span { stroke: #0969da; stroke-opacity: .45; stroke-width: 2 }
  .right { fill: #0969da }
  .count { fill: #0969da; fill-opacity: .35 }
  .title { font-size: 14px; font-weight: 600 }
"""


def picture(found: Calibration, title: str) -> str:
    """Return the picture; the same figures always give the same bytes."""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            f'role="img" aria-label="{escape(title, {chr(34): "&quot;"})}">',
            f"<style>{_STYLE}</style>",
            *_frame(title),
            *(part for one in found.bins for part in _bin(one, found.count)),
            *_figures(found),
            "</svg>\n",
        )
    )


def _frame(title: str) -> Iterator[str]:
    right, bottom = _LEFT + _SIDE, _TOP + _SIDE
    yield _text(_LEFT, 24, title, "title")
    for step in range(0, 11, 2):
        share = step / 10
        x, y = _x(share), _y(share)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y}" x2="{right}" y2="{y}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{share:.1f}</text>'
        yield f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{share:.1f}</text>'
    yield f'<rect class="axis" x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}"/>'
    yield f'<line class="even" x1="{_LEFT}" y1="{bottom}" x2="{right}" y2="{_TOP}"/>'
    yield f'<text transform="translate(18 {_TOP + _SIDE / 2}) rotate(-90)" text-anchor="middle">'
    yield "share that was right</text>"
    yield _text(_LEFT, _HEIGHT - 6, "confidence of the verdict; below: how many verdicts")


def _bin(one: Bin, count: int) -> Iterator[str]:
    x = _x(one.confidence)
    yield (
        f'<line class="span" x1="{x}" y1="{_y(one.right_low)}" x2="{x}" y2="{_y(one.right_high)}"/>'
    )
    yield (
        f'<circle class="right" cx="{x}" cy="{_y(one.right)}" r="5">'
        f"<title>{one.count} verdicts, confidence {one.confidence:.2f}, right {one.right:.2f}"
        "</title></circle>"
    )
    height = round(_BARS * one.count / count, 1)
    left, width = _x(one.low), round(_SIDE / 10 - 2, 1)
    top = round(_BARS_TOP + _BARS - height, 1)
    yield f'<rect class="count" x="{left}" y="{top}" width="{width}" height="{height}"/>'


def _figures(found: Calibration) -> Iterator[str]:
    x = _LEFT + _SIDE + 8
    told = (f"n {found.count}", f"Brier {found.brier.value:.3f}")
    for line, words in enumerate((*told, f"ECE {found.expected_error.value:.3f}")):
        yield _text(x, _TOP + 14 + 18 * line, words)


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}"{named}>{escape(words)}</text>'


def _x(share: float) -> float:
    return round(_LEFT + _SIDE * share, 1)


def _y(share: float) -> float:
    return round(_TOP + _SIDE * (1 - share), 1)
