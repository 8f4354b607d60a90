"""Has plans carried out, and taken back."""
