"""The monitoring server: metrics, alarms, logs, services and what changed. It only looks."""
