"""A recording of AWS that the same tools look at as they look at AWS: no network, no keys."""
