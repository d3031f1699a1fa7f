"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# A slow machine is no failure, and the same commit gives the same verdict everywhere.
settings.register_profile("dataarch", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("dataarch")
