"""The tools that act: preview and carry out the remediation catalogue."""
