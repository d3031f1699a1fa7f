"""Neptune: one cluster whose data API is answered by a real graph."""
