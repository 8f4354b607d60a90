"""The `itops` command."""
