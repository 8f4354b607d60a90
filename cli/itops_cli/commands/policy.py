"""`itops policy`: what the gate would say to an action, and whether its policies hold."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from itops_cli.options import AsJson
from itops_cli.screen.console import counted, print_json, say
from itops_core.domain.autonomy import Standing
from itops_core.domain.remediation import Action, BlastSize, Decision, Risk
from itops_core.domain.traffic import TrafficLevel
from itops_core.domain.verdict import Severity
from itops_core.errors import InvalidInputError
from itops_core.remediation.autonomy import TrackRecords, of_seeds_alone, seeds
from itops_core.remediation.catalogue import ActionSpec, catalogue
from itops_core.remediation.gate import Bar, Gate, GateRequest
from itops_core.remediation.kill_switch import OFF, ON, SwitchReading
from itops_core.remediation.policy import AGENTS, policies, schema_for
from itops_core.settings import config

app = typer.Typer(
    help="What the gate would say to an action, and by which policies.",
    no_args_is_help=True,
    add_completion=False,
)


def _action(name: str) -> ActionSpec:
    return catalogue().spec(name)


Named = Annotated[
    ActionSpec, typer.Argument(metavar="ACTION", help="As list_actions calls it.", parser=_action)
]


Sure = Annotated[float, typer.Option(min=0, max=1, help="The lower one of plan and verdict.")]
HowBad = Annotated[Severity, typer.Option(help="Of the incident.")]
HowRisky = Annotated[Risk | None, typer.Option(help="Else as the catalogue has it.")]
HowFar = Annotated[BlastSize | None, typer.Option(help="Else as the catalogue has it.")]
HowBusy = Annotated[
    TrafficLevel, typer.Option("--traffic", help="How much reaches its target now.")
]
Reversible = Annotated[
    bool | None, typer.Option("--reversible/--irreversible", help="Else as the catalogue has it.")
]
Known = Annotated[
    bool, typer.Option("--known/--unknown", help="Whether the catalog knows its target.")
]
Alarmed = Annotated[
    bool, typer.Option("--alarmed/--reported", help="An alarm shows it, or only a person.")
]
BlockedWord = Annotated[str | None, typer.Option(help="Found in the plan.")]
Tier = Annotated[int, typer.Option(min=1, max=4, help="Of the target.")]
Environment = Annotated[str, typer.Option(help="Of the target.")]
Earned = Annotated[
    bool | None,
    typer.Option("--earned/--unearned", help="Its record holds the bar; else as the seeds say."),
]
Mode = Annotated[str, typer.Option(help="incident, watchdog, chat or briefing.")]
Agent = Annotated[str, typer.Option(help="Who would act.")]
Undo = Annotated[bool, typer.Option("--undo", help="It takes back what was done.")]
SwitchedOn = Annotated[
    bool, typer.Option("--actions-on/--actions-off", help="How the kill switch stands.")
]


@app.command()
def explain(  # noqa: PLR0913, PLR0917 - one option for each fact that the policies know
    spec: Named,
    confidence: Sure = 0.9,
    severity: HowBad = Severity.HIGH,
    risk: HowRisky = None,
    blast: HowFar = None,
    traffic: HowBusy = TrafficLevel.UNKNOWN,
    reversible: Reversible = None,
    known: Known = True,
    alarmed: Alarmed = True,
    blocked_word: BlockedWord = None,
    earned: Earned = None,
    tier: Tier = 2,
    environment: Environment = "sandbox",
    mode: Mode = "incident",
    agent: Agent = "remediation",
    undo: Undo = False,
    actions: SwitchedOn = True,
    as_json: AsJson = False,
) -> None:
    """Print what the gate decides on these facts, and the ids of the policies that say so."""
    _check_choice("mode", mode, catalogue().modes)
    _check_choice("agent", agent, AGENTS)
    action = Action(name=spec.name)
    asked = GateRequest(
        agent=agent,
        mode=mode,
        action=action,
        resource="explained",
        # Telling people changes nothing that a catalog or an alarm could know.
        known=known or not action.changes_something,
        tier=tier,
        environment=environment,
        confidence=confidence,
        severity=severity,
        risk=risk or spec.risk,
        blast_size=blast or spec.blast,
        traffic=traffic,
        disturbs_requests=spec.disturbs_requests,
        reversible=spec.reversible if reversible is None else reversible,
        blocked_keyword=blocked_word,
        alarmed=alarmed or not action.changes_something,
        undo=undo,
    )
    standing = _standing(spec.name, earned=earned)
    decision = _gate(standing, is_on=actions).decide(asked)
    if as_json:
        facts: dict[str, Any] = asked.model_dump(mode="json", exclude={"action", "resource"})
        facts["earned"] = standing.earned
        print_json(
            {"action": spec.name, "facts": facts, "decision": decision.model_dump(mode="json")}
        )
    else:
        _show(spec, decision)


@app.command()
def check() -> None:
    """Hold the policies against the schema of the catalogue; a typo in one fails here."""
    try:
        found = policies().ids
    except ValueError as error:
        raise InvalidInputError(str(error)) from error
    say(f"{counted(len(found), 'policy holds', 'policies hold')}: {', '.join(found)}")


@app.command()
def schema() -> None:
    """Print the Cedar schema of the catalogue, as policies/schema.cedarschema has it."""
    typer.echo(schema_for(catalogue()), nl=False)


def _check_choice(what: str, chosen: str, known: Iterable[str]) -> None:
    if chosen not in known:
        raise InvalidInputError(f"there is no {what} {chosen!r}; there are {', '.join(known)}")


def _standing(action: str, *, earned: bool | None) -> Standing:
    """Return how the class of actions stands by its seeds, or as the one who asks supposes."""
    rules = config().autonomy
    standing = TrackRecords(of_seeds_alone, seeds(), rules).standing(action)
    return standing if earned is None else standing.model_copy(update={"earned": earned})


def _gate(standing: Standing, *, is_on: bool) -> Gate:
    def reading() -> SwitchReading:
        return SwitchReading(is_on=is_on, reason=f"actions are switched {ON if is_on else OFF}")

    bar = Bar(config().remediation.auto_confidence, lambda _action: standing)
    return Gate(catalogue(), policies(), reading, bar)


def _show(spec: ActionSpec, decision: Decision) -> None:
    people = f", by {decision.approvers_needed} people" if decision.approvers_needed > 1 else ""
    say(f"{spec.name}: {decision.outcome}{people}", "bold")
    for reason in decision.reasons:
        say(f"  {reason}")
    say(f"  policies: {', '.join(decision.policy_ids) or 'none'}", "dim")
