"""The last word on an incident."""
