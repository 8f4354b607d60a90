"""How agents reach tool servers, and how a tool server answers inside a Lambda."""
