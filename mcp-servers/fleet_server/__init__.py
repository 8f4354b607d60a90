"""The fleet server: devices in the field, what they measure, and where the cold chain broke."""
