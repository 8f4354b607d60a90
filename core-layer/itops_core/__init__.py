"""What the functions and the tool servers share, in layers whose imports point down only."""
