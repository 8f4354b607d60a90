"""Folders of recorded telemetry, whoever made them, as recordings that our tools answer from."""

from itops_cli.investigation.layouts.recognition import RecordedCase, recorded_case

__all__ = ["RecordedCase", "recorded_case"]
