"""Runs the functions of a pipeline without any cloud: their code, on a made-up AWS.

The code is that of the scenario; who rehearses a folder runs what stands in it, here as on the
local cloud. It may import a handful of modules and reach DynamoDB and Lambda as far as this
module knows them; time passes only where it sleeps or calls.
"""

import builtins
import io
import json
import re
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from local_cloud.address import ACCOUNT, REGION
from local_cloud.sandbox.pipelines.emulation import WriteLimits
from local_cloud.sandbox.pipelines.specs import FunctionSpec, PipelineSpec, TableSpec

CODE_FILE = "/var/task/app.py"
_PURE = {
    "base64", "collections", "datetime", "decimal", "functools", "hashlib", "itertools", "json",
    "math", "random", "re", "statistics", "string", "uuid",
}  # fmt: skip
_FORBIDDEN = {"open", "exec", "eval", "compile", "input", "breakpoint", "__import__"}
THROTTLED = "ProvisionedThroughputExceededException"
_THROTTLED_WORDS = (
    "The level of configured provisioned throughput for the table was exceeded. Consider "
    "increasing your provisioning level with the UpdateTable API."
)
_RETRY_SECONDS = 0.03
_CALL_SECONDS = 0.006


@dataclass
class Clock:
    """Time as the rehearsal has it."""

    now: float

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.now += max(0.0, seconds)


@dataclass(frozen=True)
class Printed:
    """One line of a function's log."""

    function: str
    request_id: str
    at: float
    message: str


class FunctionError(Exception):
    """A call that failed, as Lambda tells it."""

    def __init__(self, kind: str, message: str, request_id: str, stack: list[str]) -> None:
        super().__init__(message)
        self.kind = kind
        self.cause = json.dumps(
            {
                "errorMessage": message,
                "errorType": kind,
                "requestId": request_id,
                "stackTrace": stack,
            }
        )


class ThrottledError(Exception):
    """A table has no capacity left."""


class _TimedOutError(BaseException):
    """The function has no time left; not to be caught by its code."""


@dataclass
class Account:
    """The functions and tables of a rehearsal, as they stand at a moment."""

    clock: Clock
    chance: Random
    functions: dict[str, FunctionSpec] = field(default_factory=dict[str, FunctionSpec])
    tables: dict[str, TableSpec] = field(default_factory=dict[str, TableSpec])
    items: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    printed: list[Printed] = field(default_factory=list[Printed])

    def __post_init__(self) -> None:
        self.limits = WriteLimits(lambda: self.clock.now)

    def take_up(self, pipeline: PipelineSpec) -> None:
        """Take functions and tables of a pipeline as they are now."""
        self.functions |= {one.name: one for one in pipeline.functions}
        for table in pipeline.tables:
            self.tables[table.name] = table
            for item in table.items:
                stored = {name: {"S": str(value)} for name, value in item.items()}
                self.items.setdefault(table.name, {})[str(item[table.key])] = stored

    def call(self, name: str, event: Any) -> Any:  # noqa: ANN401 - any JSON
        """Run a function; raise `FunctionError` where it fails."""
        return _Call(self, self.functions[name]).run(event)

    def ask_table(self, operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Put or get an item; raise `ThrottledError` where the table has no capacity left."""
        self.clock.sleep(_CALL_SECONDS)
        table = self.tables[given["TableName"]]
        items = self.items.setdefault(table.name, {})
        if operation == "getItem":
            found = items.get(next(iter(given["Key"][table.key].values())))
            return {} if found is None else {"Item": found}
        if not self.limits.takes(table.name, table.write_units):
            raise ThrottledError(_THROTTLED_WORDS)
        items[next(iter(given["Item"][table.key].values()))] = dict(given["Item"])
        return {}

    def request_id(self) -> str:
        """Return the id of another call."""
        digits = f"{self.chance.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class _Call:
    """One call of one function."""

    def __init__(self, account: Account, function: FunctionSpec) -> None:
        self._account = account
        self._function = function
        self._clock = account.clock
        self._began = account.clock.now
        self._request_id = account.request_id()
        self._told: list[str] = []

    def run(self, event: Any) -> Any:  # noqa: ANN401 - any JSON
        clock = self._clock
        clock.sleep(self._account.chance.uniform(0.008, 0.04))
        failure: FunctionError | None = None
        answer: Any = None
        try:
            answer = json.loads(json.dumps(self._handle(json.loads(json.dumps(event)))))
        except _TimedOutError:
            limit = self._function.timeout_seconds
            clock.now = self._began + limit
            message = f"Task timed out after {limit}.00 seconds"
            self._told.append(f"{self._request_id} {message}")
            failure = self._failure("Sandbox.Timedout", message, [])
        except Exception as error:
            stack = self._stack(error)
            kind, message = type(error).__name__, str(error)
            trace = "".join(["Traceback (most recent call last):\n", *stack])
            self._told += f"[ERROR] {kind}: {message}\n{trace}".splitlines()
            failure = self._failure(kind, message, stack)
        self._log()
        if failure is not None:
            raise failure
        return answer

    def _handle(self, event: Any) -> Any:  # noqa: ANN401 - any JSON
        scope: dict[str, Any] = {"__builtins__": self._builtins(), "__name__": "app"}
        exec(compile(self._function.code, CODE_FILE, "exec"), scope)  # noqa: S102 - see the top
        context = SimpleNamespace(
            aws_request_id=self._request_id,
            function_name=self._function.name,
            invoked_function_arn=self._function.arn,
            memory_limit_in_mb=str(self._function.memory_mb),
        )
        return scope["handler"](event, context)

    def _builtins(self) -> dict[str, Any]:
        known = {name: one for name, one in vars(builtins).items() if name not in _FORBIDDEN}
        return {**known, "__import__": self._import, "print": self._print}

    def _print(self, *words: object, sep: str = " ", **_: object) -> None:
        self._told.append(sep.join(str(word) for word in words))

    def _import(self, name: str, *rest: Any) -> Any:  # noqa: ANN401 - a module, or what stands for it
        clock = SimpleNamespace(
            sleep=self._sleep, time=lambda: self._clock.now, monotonic=lambda: self._clock.now
        )
        made = {
            "boto3": SimpleNamespace(client=self._client),
            "botocore.config": SimpleNamespace(Config=Config),
            "os": SimpleNamespace(environ=dict(self._function.environment)),
            "time": clock,
        }
        if name in made:
            return made[name]
        if name.split(".", 1)[0] not in _PURE:
            raise ModuleNotFoundError(f"No module named {name!r}")
        return builtins.__import__(name, *rest)

    def _sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)
        if self._clock.now - self._began >= self._function.timeout_seconds:
            raise _TimedOutError

    def _client(self, service: str, config: Config | None = None, **_: object) -> Any:  # noqa: ANN401
        settings: Any = config or Config()
        if service == "dynamodb":
            return _Tables(self, settings)
        if service == "lambda":
            return _Functions(self, settings)
        raise LookupError(f"a recording has no {service}; see docs/scenarios.md")

    def _failure(self, kind: str, message: str, stack: list[str]) -> FunctionError:
        return FunctionError(kind, message, self._request_id, stack)

    def _stack(self, error: Exception) -> list[str]:
        lines = self._function.code.splitlines()
        return [
            f'  File "{CODE_FILE}", line {frame.lineno}, in {frame.name}\n'
            f"    {lines[(frame.lineno or 1) - 1].strip()}\n"
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == CODE_FILE
        ]

    def _log(self) -> None:
        milliseconds = f"{(self._clock.now - self._began) * 1000:.2f} ms"
        number, size = self._request_id, self._function.memory_mb
        lines = [
            f"START RequestId: {number} Version: $LATEST",
            *self._told,
            f"END RequestId: {number}",
            f"REPORT RequestId: {number}\tDuration: {milliseconds}\tBilled Duration: "
            f"{milliseconds}\tMemory Size: {size} MB\tMax Memory Used: {min(size, 81)} MB",
        ]
        self._account.printed += [
            Printed(self._function.name, number, self._clock.now, line) for line in lines
        ]

    # What the clients of AWS ask

    def denied(self, action: str, arn: str) -> str | None:
        """Return why the function's role may not do something, `None` where it may."""
        service = action.split(":", 1)[0]
        may = self._function.may.get(arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1], ())
        if action in may or f"{service}:*" in may:
            return None
        role = f"arn:aws:sts::{ACCOUNT}:assumed-role/{self._function.name}-role"
        return (
            f"User: {role}/{self._function.name} is not authorized to perform: {action} on "
            f"resource: {arn} because no identity-based policy allows the {action} action"
        )

    @property
    def account(self) -> Account:
        """The account that it runs in."""
        return self._account

    def spend(self, seconds: float) -> None:
        """Let time pass as a call of AWS does."""
        self._sleep(seconds)


class _Tables:
    """DynamoDB, as far as the functions of a rehearsal use it."""

    def __init__(self, call: _Call, config: Any) -> None:  # noqa: ANN401
        self._call = call
        self._attempts = int((config.retries or {}).get("total_max_attempts", 10))

    def put_item(self, TableName: str, Item: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """Put an item, unless that is not allowed or the table has no capacity left."""
        self._check(TableName, "PutItem")
        given = {"TableName": TableName, "Item": Item}
        for attempt in range(self._attempts):
            self._call.spend(attempt * _RETRY_SECONDS)
            with suppress(ThrottledError):
                return self._call.account.ask_table("putItem", given)
        raise _refusal(THROTTLED, _THROTTLED_WORDS, "PutItem", self._attempts - 1)

    def get_item(self, TableName: str, Key: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """Return an item."""
        self._check(TableName, "GetItem")
        given = {"TableName": TableName, "Key": Key}
        return self._call.account.ask_table("getItem", given)

    def _check(self, name: str, operation: str) -> None:
        reason = self._call.denied(f"dynamodb:{operation}", self._call.account.tables[name].arn)
        if reason:
            raise _refusal("AccessDeniedException", reason, operation)


class _Functions:
    """Lambda, as far as the functions of a rehearsal use it."""

    def __init__(self, call: _Call, config: Any) -> None:  # noqa: ANN401
        self._call = call
        self._read_timeout = float(config.read_timeout)

    def invoke(self, FunctionName: str, Payload: bytes = b"{}") -> Mapping[str, Any]:  # noqa: N803
        """Call another function, and wait for it as long as the client does."""
        account = self._call.account
        reason = self._call.denied("lambda:InvokeFunction", account.functions[FunctionName].arn)
        if reason:
            raise _refusal("AccessDeniedException", reason, "Invoke")
        began = account.clock.now
        answer: Any = None
        try:
            answer = account.call(FunctionName, json.loads(Payload))
        except FunctionError as error:
            answer = json.loads(error.cause)
        if account.clock.now - began > self._read_timeout:
            account.clock.now = began + self._read_timeout
            self._call.spend(0)
            path = f"2015-03-31/functions/{FunctionName}/invocations"
            raise ReadTimeoutError(endpoint_url=f"https://lambda.{REGION}.amazonaws.com/{path}")
        self._call.spend(0)
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode())}


def _refusal(code: str, message: str, operation: str, retries: int = 0) -> ClientError:
    """Return the error that boto3 raises: of its own class where the service model has one."""
    metadata: Any = {"HTTPStatusCode": 400, "RetryAttempts": retries}
    if retries:
        metadata["MaxAttemptsReached"] = True
    modelled = code if re.fullmatch(r"Provisioned\w+", code) else ""
    kind: Any = type(modelled, (ClientError,), {}) if modelled else ClientError
    told = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}
    return kind(told, operation)
