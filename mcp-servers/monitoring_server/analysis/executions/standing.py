"""The iterations of a Map that are between two states, found by what they left and what it gave."""

from monitoring_server.analysis.executions.record import Scope

_Scopes = dict[Scope, None]


class StandingScopes:
    """Iterations of one Map, by the state they left last, and by its output."""

    def __init__(self) -> None:
        self.first: Scope | None = None
        self._by_state: dict[str, _Scopes] = {}
        self._by_output: dict[tuple[str, str | None], _Scopes] = {}

    def stands(self, scope: Scope) -> None:
        """Note that an iteration left a state."""
        if scope.entered is not None:
            name = scope.entered.name
            self._by_state.setdefault(name, {})[scope] = None
            self._by_output.setdefault((name, scope.last_output), {})[scope] = None

    def goes_on(self, scope: Scope) -> None:
        """Note that an iteration entered its next state."""
        if scope.entered is not None:
            name = scope.entered.name
            self._by_state.get(name, {}).pop(scope, None)
            self._by_output.get((name, scope.last_output), {}).pop(scope, None)

    def find(self, names: list[str], given: str | None) -> Scope | None:
        """Return the iteration that left one of `names` with what was `given`, or any of them."""
        for name in names:
            if given is not None and (scopes := self._by_output.get((name, given))):
                return next(iter(scopes))
        return next((next(iter(one)) for name in names if (one := self._by_state.get(name))), None)
