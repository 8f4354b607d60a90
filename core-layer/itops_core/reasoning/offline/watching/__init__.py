"""A round of watching without a model: what to ask, and how what is answered is judged."""
