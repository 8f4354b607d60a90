"""The report as one HTML file: no scripts, nothing loaded from elsewhere, everything escaped."""

from html import escape

from itops_core.domain.report import Chart, Report
from itops_core.workflow.rendering.outline import (
    Outline,
    Section,
    chart_line,
    moment,
    number,
    outline,
)

_WIDTH, _HEIGHT, _EDGE = 640, 140, 24
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#16191f;background:#fff}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:1.8rem;"
    "border-bottom:1px solid #d5dbdb}li{overflow-wrap:anywhere}svg{display:block;margin:.6rem 0;"
    "max-width:100%}polyline{fill:none;stroke:#0972d3;stroke-width:1.5}text{font-size:11px;"
    "fill:#5f6b7a}rect{fill:#f4f6f7}@media(prefers-color-scheme:dark){body{color:#d1d5db;"
    "background:#0f1b2a}rect{fill:#192534}}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html(report: Report) -> str:
    """Return a report as a page that stands alone and runs nothing."""
    return page(outline(report))


def page(shown: Outline) -> str:
    """Return an outline as a page that stands alone and runs nothing."""
    title = escape(shown.title)
    body = "\n".join(_section(section) for section in shown.sections)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    lines = "\n".join(f"<li>{escape(line)}</li>" for line in section.lines)
    drawn = "\n".join(_drawn(chart) for chart in section.charts)
    return f"<h2>{escape(section.title)}</h2>\n<ul>\n{lines}\n</ul>\n{drawn}".rstrip()


def _drawn(chart: Chart) -> str:
    values = [value for _, value in chart.points]
    low, high = min(values), max(values)
    first, last = chart.points[0][0], chart.points[-1][0]
    span = (last - first).total_seconds() or 1.0
    room = high - low or 1.0
    dots = " ".join(
        f"{_EDGE + (at - first).total_seconds() / span * (_WIDTH - 2 * _EDGE):.1f},"
        f"{_HEIGHT - _EDGE - (value - low) / room * (_HEIGHT - 2 * _EDGE):.1f}"
        for at, value in chart.points
    )
    label = escape(chart_line(chart))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="{label}"><rect width="{_WIDTH}" height="{_HEIGHT}"/>'
        f'<text x="{_EDGE}" y="15">{escape(chart.title)} [{escape(chart.evidence_id)}] '
        f"{number(low)} to {number(high)}</text>"
        f'<polyline points="{dots}"/>'
        f'<text x="{_EDGE}" y="{_HEIGHT - 7}">{moment(first)}</text>'
        f'<text x="{_WIDTH - _EDGE}" y="{_HEIGHT - 7}" text-anchor="end">{moment(last)}</text>'
        "</svg>"
    )
