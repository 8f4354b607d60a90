"""Which cases there are: every scenario of a folder as it stands, and so many variants of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from itops_cli.capsules.cases import CAPSULE_FILE, case_folders, case_in
from itops_cli.evals.halves import Half, half_of, split_key
from itops_cli.evals.judging import Blamed
from itops_core.domain.values import Value
from itops_core.errors import InvalidInputError, NotFoundError
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.scenario import SCENARIO_FILE, Scenario, load, slugs
from local_cloud.sandbox.truth import Truth
from local_cloud.sandbox.variants import vary

MOMENT = 1_800_000_000.0
"""When all cases take place: figures of two runs differ by the code alone."""
_SEED_STRIDE = 1000


class EvalCase(Value):
    """One case, named so that another process can make it."""

    folder: str
    slug: str
    key: str
    """What the library is split by."""
    half: Half
    variant: int = 0
    """0 is the scenario as it stands."""
    seed: int = 1
    repeat: int = 0

    @property
    def is_capsule(self) -> bool:
        """Whether it was made of a capsule."""
        return (Path(self.folder) / CAPSULE_FILE).is_file()

    @property
    def name(self) -> str:
        """How people call it."""
        return self.slug if self.variant == 0 else f"{self.slug}~{self.variant}"


@dataclass(frozen=True)
class Selection:
    """Which of all possible cases are to be run."""

    folder: Path | None = None
    variants: int = 0
    repeat: int = 1
    seed: int = 1
    half: Half | None = None


def cases_of(chosen: Selection) -> tuple[EvalCase, ...]:
    """Return the cases of a selection, in order; raise what is wrong with a scenario."""
    folder = chosen.folder or library()
    if not folder.is_dir():
        raise NotFoundError(f"there is no folder {folder}")
    found = tuple(_cases(folder, chosen))
    if not found:
        raise InvalidInputError(
            f"{folder} holds no case to run: DIR/<name>/{SCENARIO_FILE} or {CAPSULE_FILE}"
        )
    return found


def _cases(folder: Path, chosen: Selection) -> Iterator[EvalCase]:
    for slug, truth, variants in _yardsticks(folder, chosen.variants):
        key = split_key(truth, slug)
        if chosen.half not in {None, half_of(key)}:
            continue
        for variant in range(variants + 1):
            for repeat in range(chosen.repeat):
                yield EvalCase(
                    folder=str(folder / slug),
                    slug=slug,
                    key=key,
                    half=half_of(key),
                    variant=variant,
                    seed=chosen.seed,
                    repeat=repeat,
                )


def _yardsticks(folder: Path, variants: int) -> Iterator[tuple[str, Truth, int]]:
    """Yield each case with what is true of it; of a capsule there are no variants."""
    for slug in slugs(folder):
        yield slug, load(folder / slug, folder).truth, variants
    for place in case_folders(folder):
        yield place.name, case_in(place)[1], 0


def scenario_of(case: EvalCase) -> Scenario:
    """Return the scenario of a case."""
    told = load(case.folder, library())
    return told if case.variant == 0 else vary(told, case.seed * _SEED_STRIDE + case.variant)


def blamed_in(scenario: Scenario) -> Blamed:
    """Return when the change that caused it was made; of a pipeline's, none need be named."""
    onset = MOMENT - scenario.onset_minutes_ago * 60
    guilty = [one for one in scenario.changes if one.change_id == scenario.truth.change]
    if guilty:
        return Blamed(tuple(onset - one.minutes_before_onset * 60 for one in guilty), False)
    return Blamed(
        tuple(
            onset - change.minutes_before_onset * 60
            for fault in scenario.pipeline_faults
            for change in fault.changes
        )
    )
