"""Plans the remedy and has the gate judge it."""
