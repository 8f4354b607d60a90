"""The template as its tests see it: parsed, with intrinsics kept as `{"Fn::…": …}`."""

import re
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

CHECKOUT = Path(__file__).parents[2]
TEMPLATE_FILE = CHECKOUT / "template.yaml"
TEXT = TEMPLATE_FILE.read_text(encoding="utf-8")
TEMPLATE: dict[str, Any] = yaml_parse(TEXT)
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
PARAMETERS: dict[str, dict[str, Any]] = TEMPLATE["Parameters"]
SOURCE_ROOTS = {"lambda-functions/": "lambda-functions", "mcp-servers/": "mcp-servers"}

_NEEDED = re.compile(r"""places\(\)\s*\[\s*"([A-Z_]+)\"""")
_WELCOME = re.compile(r"""places\(\)\s*\.get\(\s*["']([A-Z_]+)["']""")


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of every resource of one type, by logical id."""
    return {
        name: resource["Properties"]
        for name, resource in RESOURCES.items()
        if resource["Type"] == kind
    }


FUNCTIONS = of_type("AWS::Serverless::Function")
ROLES = of_type("AWS::IAM::Role")


def environment_of(function: str) -> dict[str, Any]:
    """Return the variables that a function is started with."""
    own = FUNCTIONS[function].get("Environment", {}).get("Variables", {})
    return TEMPLATE["Globals"]["Function"]["Environment"]["Variables"] | own


def package_of(function: str) -> Path:
    """Return the folder of a function's code."""
    properties = FUNCTIONS[function]
    root = SOURCE_ROOTS[properties["CodeUri"]]
    return CHECKOUT / root / properties["Handler"].partition(".")[0]


def needed_places(folder: Path) -> set[str]:
    """Return the environment variables without which the code below `folder` fails."""
    return _found(_NEEDED, folder)


def welcome_places(folder: Path) -> set[str]:
    """Return the environment variables that the code below `folder` reads where they are set."""
    return _found(_WELCOME, folder)


def _found(pattern: re.Pattern[str], folder: Path) -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    return {name for text in texts for name in pattern.findall(text)}


def statements_of(role: str) -> list[dict[str, Any]]:
    """Return the policy statements written into a role."""
    return [
        statement
        for policy in ROLES[role].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def role_of(function: str) -> str:
    """Return the logical id of a function's role."""
    return FUNCTIONS[function]["Role"]["Fn::GetAtt"][0]
