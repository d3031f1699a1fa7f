"""Customers as real sources hold them: generated with a seed, with the defects of real life."""
