"""The tools and prompts of the conformance suite that have to ask the client something first."""

from typing import Any

from mcp.server import MCPServer
from mcp.shared.exceptions import MCPError
from mcp.types import (
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
)
from mcp_types import MISSING_REQUIRED_CLIENT_CAPABILITY

from tests.support.conformance_content import Talk, text

Answer = str | InputRequiredResult


def question(message: str, name: str, kind: str = "string") -> ElicitRequest:
    schema: Any = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sampling(prompt: str, tokens: int = 100) -> CreateMessageRequest:
    said = SamplingMessage(role="user", content=text(prompt))
    return CreateMessageRequest(
        params=CreateMessageRequestParams(messages=[said], max_tokens=tokens)
    )


def asking(state: str | None = None, **requests: Any) -> InputRequiredResult:  # noqa: ANN401
    return InputRequiredResult(input_requests=requests, request_state=state)


def elicited(context: Talk, key: str) -> dict[str, Any] | None:
    given = (context.input_responses or {}).get(key)
    return given.content or {} if isinstance(given, ElicitResult) else None


def add_rounds(server: MCPServer[Any]) -> None:
    """Add everything that takes more than one round."""
    _add_single_questions(server)
    _add_questions_with_state(server)
    _add_questions_by_capability(server)
    _add_back_channel(server)


def _add_single_questions(server: MCPServer[Any]) -> None:
    @server.tool(structured_output=False)
    def test_input_required_result_elicitation(context: Talk) -> Answer:
        """Greet whoever gives a name."""
        given = elicited(context, "user_name")
        if not given or not isinstance(given.get("name"), str):
            return asking(user_name=question("What is your name?", "name"))
        return f"Hello, {given['name']}!"

    @server.tool(structured_output=False)
    def test_input_required_result_sampling(context: Talk) -> Answer:
        """Answer what the client's model says."""
        given = (context.input_responses or {}).get("capital_question")
        if not isinstance(given, CreateMessageResult):
            return asking(capital_question=sampling("What is the capital of France?"))
        return f"It says: {given.content}"

    @server.tool(structured_output=False)
    def test_input_required_result_list_roots(context: Talk) -> Answer:
        """Answer the client's roots."""
        given = (context.input_responses or {}).get("client_roots")
        if not isinstance(given, ListRootsResult):
            return asking(client_roots=ListRootsRequest())
        return ", ".join(str(root.uri) for root in given.roots)

    @server.prompt()
    def test_input_required_result_prompt(context: Talk) -> Any:  # noqa: ANN401
        """A prompt for a context that the client gives."""
        given = elicited(context, "user_context")
        if given is None:
            return asking(user_context=question("What context should the prompt use?", "context"))
        return f"Use this context: {given.get('context')}"


def _add_questions_with_state(server: MCPServer[Any]) -> None:
    @server.tool(structured_output=False)
    def test_input_required_result_request_state(context: Talk) -> Answer:
        """Confirm, and know what was asked."""
        if elicited(context, "confirm") is None or context.request_state != "asked":
            return asking("asked", confirm=question("Please confirm", "ok", "boolean"))
        return "state-ok"

    @server.tool(structured_output=False)
    def test_input_required_result_tampered_state(context: Talk) -> Answer:
        """Confirm, and have none of a state that is not its own."""
        if elicited(context, "confirm") is None:
            return asking("sealed", confirm=question("Please confirm", "ok", "boolean"))
        return f"went on from {context.request_state}"

    @server.tool(structured_output=False)
    def test_input_required_result_multiple_inputs(context: Talk) -> Answer:
        """Ask three things at once."""
        asked = {
            "user_name": question("What is your name?", "name"),
            "greeting": sampling("Generate a greeting", 50),
            "client_roots": ListRootsRequest(),
        }
        if set(asked) - set(context.input_responses or {}):
            return asking("three", **asked)
        return "all three are there"

    @server.tool(structured_output=False)
    def test_input_required_result_multi_round(context: Talk) -> Answer:
        """Ask one thing after the other."""
        if context.request_state is None:
            return asking("first", step1=question("Step 1: What is your name?", "name"))
        if context.request_state == "first":
            return asking("second", step2=question("Step 2: What is your favorite color?", "color"))
        return "done"


def _add_questions_by_capability(server: MCPServer[Any]) -> None:
    @server.tool(structured_output=False)
    def test_input_required_result_capabilities(context: Talk) -> Answer:
        """Ask only what the client can answer."""
        able = context.client_capabilities
        asked: dict[str, Any] = {}
        if able and able.elicitation is not None:
            asked["user_name"] = question("What is your name?", "name")
        if able and able.sampling is not None:
            asked["greeting"] = sampling("Generate a greeting")
        if not asked or context.input_responses:
            return "nothing to ask"
        return asking(**asked)

    @server.tool(structured_output=False)
    def test_missing_capability(context: Talk) -> str:
        """Refuse a client that has no model to sample from."""
        able = context.client_capabilities
        if able is None or able.sampling is None:
            needed = {"requiredCapabilities": {"sampling": {}}}
            raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "needs sampling", needed)
        return "there is a model"

    @server.tool(structured_output=False)
    def test_streaming_elicitation(context: Talk) -> Answer:
        """Ask a name where it can be asked."""
        given = elicited(context, "user_name")
        if given is None:
            return asking(user_name=question("What is your name?", "name"))
        return f"Hello, {given.get('name')}!"


def _add_back_channel(server: MCPServer[Any]) -> None:
    """Add what only a server with a session can do: it asks the client while the client waits."""

    @server.tool(structured_output=False)
    async def test_sampling(prompt: str, context: Talk) -> str:
        """Ask the client's model."""
        params = sampling(prompt).params
        create = context.session.create_message  # pyright: ignore[reportDeprecated]
        said = await create(params.messages, max_tokens=params.max_tokens)
        return f"LLM response: {said.content}"

    async def elicit(context: Talk, message: str) -> str:
        schema: Any = {"type": "object", "properties": {}}
        said = await context.session.elicit_form(message, schema)
        return f"Elicitation completed: action={said.action}, content={said.content}"

    @server.tool(structured_output=False)
    async def test_elicitation(message: str, context: Talk) -> str:
        """Ask the client's user."""
        return await elicit(context, message)

    @server.tool(structured_output=False)
    async def test_elicitation_sep1034_defaults(context: Talk) -> str:
        """Ask with defaults."""
        return await elicit(context, "Please fill in")

    @server.tool(structured_output=False)
    async def test_elicitation_sep1330_enums(context: Talk) -> str:
        """Ask with choices."""
        return await elicit(context, "Please choose")
