"""The fleet server over what was recorded, in place of AWS."""
