"""A round over everything that is watched: what is wrong, or about to be."""
