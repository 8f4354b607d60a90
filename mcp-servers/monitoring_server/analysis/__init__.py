"""Pure functions over telemetry: no AWS, no I/O."""
