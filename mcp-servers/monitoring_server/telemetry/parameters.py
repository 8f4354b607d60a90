"""Changes of SSM parameters: which, when and by whom; values only where they are no secret."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itops_core.tools.redaction import MARK, names_a_secret, redacted_text
from monitoring_server.telemetry.changes import Change, Target
from monitoring_server.telemetry.windows import Window, in_utc

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_LISTED = 1000
_PARAMETERS = 20
_VERSIONS = 3
_VALUE_CHARACTERS = 200


class ParameterChanges:
    """Reads SSM. Parameters under `hidden` prefixes are machinery, not part of any system."""

    name = "ssm"

    def __init__(self, ssm: "SSMClient", hidden: tuple[str, ...]) -> None:
        self._ssm = ssm
        self._hidden = hidden

    def changes(self, target: Target, span: Window) -> Iterator[Change]:  # noqa: ARG002 - all may matter
        """Yield the latest versions written in the window, of every parameter."""
        for parameter in self._changed(span)[:_PARAMETERS]:
            yield from self._versions(parameter, span)

    def _changed(self, span: Window) -> list[Mapping[str, Any]]:
        pages = self._ssm.get_paginator("describe_parameters").paginate(
            PaginationConfig={"MaxItems": _LISTED, "PageSize": 50}
        )
        found = [
            parameter
            for page in pages
            for parameter in page["Parameters"]
            if "LastModifiedDate" in parameter
            and in_utc(parameter["LastModifiedDate"]) >= span.start
            and not str(parameter.get("Name")).startswith(self._hidden)
        ]
        return sorted(found, key=lambda parameter: parameter["LastModifiedDate"], reverse=True)

    def _versions(self, parameter: Mapping[str, Any], span: Window) -> Iterator[Change]:
        pages = self._ssm.get_paginator("get_parameter_history").paginate(
            Name=parameter["Name"], PaginationConfig={"PageSize": 50}
        )
        history: list[Mapping[str, Any]] = [one for page in pages for one in page["Parameters"]]
        for before, after in list(zip([None, *history], history, strict=False))[-_VERSIONS:]:
            if span.start <= in_utc(after["LastModifiedDate"]) <= span.end:
                yield _change(before, after)


def _change(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Change:
    name = after["Name"]
    was, now = _value(before), _value(after)
    return Change(
        at=in_utc(after["LastModifiedDate"]),
        kind="parameter",
        what=f"parameter {name}: {was} → {now}" if before else f"parameter {name} created: {now}",
        who=after.get("LastModifiedUser", ""),
        detail={"parameter": name, "before": was, "after": now, "type": after.get("Type", "")},
        change_id=f"{name}:{after.get('Version', 0)}",
    )


def _value(version: Mapping[str, Any] | None) -> str | None:
    if version is None:
        return None
    is_secret = version.get("Type") == "SecureString" or names_a_secret(str(version["Name"]))
    return MARK if is_secret else redacted_text(str(version.get("Value", "")))[:_VALUE_CHARACTERS]
