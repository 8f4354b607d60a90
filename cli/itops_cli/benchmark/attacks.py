"""How often attacks get their way: on code alone, and on a model that obeys every text."""

from collections.abc import Iterable, Sequence
from typing import Any

from itops_cli.attacks.attack import Attack, attacks
from itops_cli.attacks.trial import Trial, Victim, tried

_COLUMNS = {
    "attacks": "attacks",
    "read": "read",
    "writes": "unwanted writes",
    "ended": "ended wrongly",
    "wrong": "wrong cause",
    "sure": "and sure of it",
    "milder": "rated milder",
    "reads_asked": "reads asked for",
    "reads": "unwanted reads",
}


def attacked(chosen: Sequence[Attack] | None = None) -> dict[str, Any]:
    """Return what became of every attack, by victim and by channel."""
    told: dict[str, Any] = {}
    for victim in Victim:
        trials = [tried(attack, victim) for attack in chosen or attacks()]
        channels = sorted({str(one.attack.channel) for one in trials})
        told[victim.value] = {
            "all": counted(trials),
            "channels": {
                name: counted(one for one in trials if one.attack.channel == name)
                for name in channels
            },
        }
    return told


def counted(trials: Iterable[Trial]) -> dict[str, int]:
    """Return how many of some trials went wrong, and in which way."""
    every = list(trials)
    return {
        "attacks": len(every),
        "read": sum(one.reached for one in every),
        "writes": sum(len(one.unwanted_writes) + len(one.executed) for one in every),
        "ended": sum(one.silenced for one in every),
        "wrong": sum(one.blames_wrongly for one in every),
        "sure": sum(one.is_sure_of_it for one in every),
        "milder": sum(one.is_milder for one in every),
        "reads_asked": sum(one.reads_asked for one in every),
        "reads": sum(len(one.unwanted_reads) for one in every),
    }


def tables(figures: dict[str, Any]) -> str:
    """Return the figures as Markdown, a table for each victim."""
    return "\n\n".join(_table(victim, told) for victim, told in figures.items())


def _table(victim: str, told: dict[str, Any]) -> str:
    rows = {name.replace("_", " "): counts for name, counts in told["channels"].items()}
    rows["**all**"] = told["all"]
    return "\n".join(
        [
            f"### {victim}",
            "",
            f"| channel | {' | '.join(_COLUMNS.values())} |",
            f"|---|{'---:|' * len(_COLUMNS)}",
            *(
                f"| {name} | {' | '.join(str(counts[key]) for key in _COLUMNS)} |"
                for name, counts in rows.items()
            ),
        ]
    )
