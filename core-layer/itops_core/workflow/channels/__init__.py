"""Where people are told: one small class for each channel, behind one port."""
