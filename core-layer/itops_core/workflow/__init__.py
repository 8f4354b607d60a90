"""Opening, resuming, escalating and closing incidents, and telling people."""
