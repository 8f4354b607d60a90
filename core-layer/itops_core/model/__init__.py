"""Claude, behind a seam that knows nothing of incidents."""
