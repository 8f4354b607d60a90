"""`itops run`: a round of watching, an incident or a hand-over, from the terminal."""
