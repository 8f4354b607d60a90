"""Makes incidents to try the system with, labelled as such."""
