"""Questions from the terminal: to a deployment, or to recorded telemetry with nothing deployed."""
