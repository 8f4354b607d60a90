"""The incident server: incidents, what is known from before, and who is who."""
