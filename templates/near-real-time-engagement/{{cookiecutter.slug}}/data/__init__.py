"""Customers who do not exist: who they are, what they did, and how they will react. Replace them by your own."""
