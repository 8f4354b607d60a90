"""The tables of docs/evals.md, made from a run; what people wrote around them stays."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from itops_cli.evals.reliability import picture
from itops_cli.evals.report import MEANS, SHARES, Report, cell, wrongs_shown
from itops_core.errors import InvalidInputError

BEGIN, END = "<!-- figures: made by `itops eval --page` -->", "<!-- end of figures -->"
PICTURE = Path("images") / "reliability.svg"


def write_page(report: Report, path: Path) -> None:
    """Put the figures between their marks in the page, and the picture beside it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}") from error
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise InvalidInputError(f"{path} has no place for figures: {BEGIN} … {END}")
    told = "\n".join(_told(report))
    path.write_text(f"{head}{BEGIN}\n\n{told}\n\n{END}{tail}", encoding="utf-8")
    if report.calibration is not None:
        place = path.parent / PICTURE
        place.parent.mkdir(parents=True, exist_ok=True)
        title = f"Verdicts of the {report.reasoner} reasoner"
        place.write_text(picture(report.calibration, title), encoding="utf-8")


def _told(report: Report) -> Iterator[str]:
    all_of_it = report.halves["all"]
    yield (
        f"{all_of_it.scenarios} scenarios as they stand and {report.variants} variants of each, "
        f"{all_of_it.cases} cases; reasoner `{report.reasoner}`, seed {report.seed}. In brackets: "
        "the 95 % interval, and of how many."
    )
    yield ""
    yield from _table(("", *report.halves), _figures(report))
    if report.calibration is not None:
        yield ""
        yield from _calibration(report)
    yield ""
    yield "### By fault"
    yield ""
    rows = (
        (one.key, one.half.value, ", ".join(one.scenarios), f"{one.right} of {one.cases}",
         str(one.invented))
        for one in report.faults
    )  # fmt: skip
    yield from _table(("fault", "half", "scenarios", "right", "invented"), rows)
    yield ""
    yield "### What went wrong"
    yield ""
    wrong, hidden = wrongs_shown(report)
    for one in wrong:
        yield f"- `{one.case.name}`: {'; '.join(one.judgement.wrong)}"
    yield f"- {hidden} cases of the untouched half, which are only counted"


def _figures(report: Report) -> Iterator[tuple[str, ...]]:
    halves = report.halves.values()
    for name in SHARES:
        yield name.replace("_", " "), *(cell(name, half.shares.get(name)) for half in halves)
    yield "unwanted writes", *(str(half.unwanted_writes) for half in halves)
    for name in MEANS:
        if name == "seconds":
            continue  # of the machine it ran on
        yield name.replace("_", " "), *(cell(name, half.means.get(name)) for half in halves)


def _calibration(report: Report) -> Iterator[str]:
    found = report.calibration
    if found is None:
        return
    brier, error = found.brier, found.expected_error
    yield "### Calibration"
    yield ""
    yield (
        f"Over {found.count} verdicts that claim something: Brier {brier.value:.3f} "
        f"({brier.low:.3f} to {brier.high:.3f}), expected calibration error {error.value:.3f} "
        f"({error.low:.3f} to {error.high:.3f}), ten bins."
    )
    yield ""
    yield f"![Reliability of verdicts]({PICTURE.as_posix()})"
    yield ""
    rows = (
        (f"{one.low:.1f} to {one.high:.1f}", str(one.count), f"{one.confidence:.2f}",
         f"{one.right:.2f} ({one.right_low:.2f} to {one.right_high:.2f})")
        for one in found.bins
    )  # fmt: skip
    yield from _table(("confidence", "verdicts", "mean confidence", "right"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = tuple(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
