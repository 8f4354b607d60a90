"""The OpenAPI document, made from the operations themselves: `python -m incident_api.openapi`."""

import json
import re
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from incident_api.operations import PATTERNS, Operation
from incident_api.problems import CONTENT_TYPE, Problem
from incident_api.resources import operations

Json = dict[str, Any]
_REF = "#/components/schemas/{model}"
_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again with the same key, the request is done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_TOLD = {
    HTTPStatus.BAD_REQUEST: "Malformed: the body is not JSON, or a header cannot be used",
    HTTPStatus.UNAUTHORIZED: "No token, or one that is not known",
    HTTPStatus.FORBIDDEN: "The caller's role does not allow this",
    HTTPStatus.NOT_FOUND: "There is nothing of this id",
    HTTPStatus.CONFLICT: "Its state does not allow this, or someone else was faster",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "More than is taken",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body has to be application/json",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not now; send it again in a moment",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Well formed, but not what can be used; the problem says why",
}


def document() -> Json:
    """Return the OpenAPI document."""
    known = operations()
    refs, definitions = _schemas(known)
    paths: dict[str, Json] = {}
    for operation in known:
        path = re.sub(r"<(\w+)>", r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ITOps",
            "version": "0.1.0",
            "description": "Incidents, what the agents found, and what people decide.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def main() -> None:
    """Write the document to the file named, or to standard output."""
    text = json.dumps(document(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


def _schemas(known: tuple[Operation, ...]) -> tuple[dict[type[BaseModel], Json], Json]:
    answers = {operation.answer for operation in known if operation.answer} | {Problem}
    bodies = {_body_of(operation) for operation in known} - {None}
    inputs = [(model, "validation") for model in bodies if model]
    outputs = [(model, "serialization") for model in answers]
    ordered = sorted([*inputs, *outputs], key=lambda pair: pair[0].__name__)
    by_mode, schema = models_json_schema(cast(Any, ordered), ref_template=_REF)
    refs: dict[Any, Json] = {model: ref for (model, _), ref in by_mode.items()}
    return refs, schema["$defs"]


def _described(operation: Operation, refs: dict[type[BaseModel], Json]) -> Json:
    _, query = operation.takes
    body = _body_of(operation)
    parameters = [*_path_parameters(operation), *_query_parameters(query)]
    if operation.idempotent:
        parameters.append(_KEY)
    described: Json = {
        "operationId": operation.run.__name__,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": parameters,
        "responses": _responses(operation, refs),
    }
    needed = f"Needs the role {operation.role} or more." if operation.role else ""
    if told := " ".join(filter(None, (needed, operation.details))):
        described["description"] = told
    if operation.role is None:
        described["security"] = []
    if body is not None:
        content = {"application/json": {"schema": refs[body]}}
        described["requestBody"] = {"required": True, "content": content}
    elif operation.form is not None:
        described["requestBody"] = {"required": True, "content": _form(operation.form)}
    return described


def _body_of(operation: Operation) -> type[BaseModel] | None:
    return operation.reads() if operation.reads else operation.takes[0]


def _form(field: str) -> Json:
    schema = {"type": "object", "properties": {field: {"type": "string"}}, "required": [field]}
    return {"application/x-www-form-urlencoded": {"schema": schema}}


def _path_parameters(operation: Operation) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{PATTERNS[name]}$"},
        }
        for name in re.findall(r"<(\w+)>", operation.path)
    ]


def _query_parameters(model: type[BaseModel] | None) -> list[Json]:
    if model is None:
        return []
    schema = model.model_json_schema(ref_template=_REF)
    found: list[Json] = []
    for name, told in schema["properties"].items():
        inlined = _without_null(_inlined(told, schema.get("$defs", {})))
        found.append({"name": name, "in": "query", "required": False, "schema": inlined})
    return found


def _inlined(schema: Json, definitions: Json) -> Json:
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    return {
        name: [_inlined(part, definitions) for part in content] if name == "anyOf" else content
        for name, content in schema.items()
    }


def _without_null(schema: Json) -> Json:
    """Return the schema of a parameter that may be left out but never is null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    rest = {name: content for name, content in schema.items() if name not in {"anyOf", "default"}}
    default = schema.get("default")
    if default is not None:
        rest["default"] = default
    return {**(kinds[0] if kinds else {}), **rest}


def _responses(operation: Operation, refs: dict[type[BaseModel], Json]) -> Json:
    schema = refs[operation.answer] if operation.answer else {"type": "object"}
    content: Json = {"application/json": {"schema": schema}}
    if operation.path.endswith("/report"):
        content["text/markdown"] = {"schema": {"type": "string"}}
    responses: Json = {
        str(int(operation.status)): {"description": operation.summary, "content": content}
    }
    for status in _possible(operation):
        responses[str(int(status))] = {
            "description": _TOLD[status],
            "content": _problem(refs, status),
        }
    return responses


def _problem(refs: dict[type[BaseModel], Json], status: HTTPStatus) -> Json:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        # API Gateway answers these itself where the token is missing or unknown.
        return {
            CONTENT_TYPE: {"schema": refs[Problem]},
            "application/json": {"schema": {"type": "object"}},
        }
    return {CONTENT_TYPE: {"schema": refs[Problem]}}


def _possible(operation: Operation) -> list[HTTPStatus]:
    body, _ = operation.takes
    possible = {HTTPStatus.UNPROCESSABLE_ENTITY}
    if operation.role is not None:
        possible |= {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    possible |= set(operation.also)
    if operation.form is not None:
        possible.add(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if "<" in operation.path:
        possible.add(HTTPStatus.NOT_FOUND)
    if body is not None:
        possible |= {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.CONFLICT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        }
    return sorted(possible)


if __name__ == "__main__":
    main()
