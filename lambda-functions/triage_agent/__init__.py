"""Says how bad an incident is, and whether it is known already."""
