"""Transactions: where they come from and how they are split by time."""
