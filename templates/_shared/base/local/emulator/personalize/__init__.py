"""Personalize: data sets, solutions, campaigns, events; `gaps/personalize.py` puts it into the emulator."""
