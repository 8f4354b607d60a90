"""The embedded AWS: starts it, deploys the template to it, gives it an estate worth watching."""
