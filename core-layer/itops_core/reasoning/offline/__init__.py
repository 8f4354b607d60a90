"""A diagnostician without a model: beliefs about faults, moved by what is seen."""
