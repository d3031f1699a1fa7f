"""Machines and what their sensors read: healthy, failing, and the messages that a bad line makes of it."""
