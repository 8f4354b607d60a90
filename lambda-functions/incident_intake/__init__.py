"""Alarms from SNS become incidents."""
