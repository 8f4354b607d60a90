"""The nouns of incident response and the rules that keep them true; no vendor, no I/O."""
