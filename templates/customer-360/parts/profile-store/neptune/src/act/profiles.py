"""Profiles, as the graph holds them."""

from customer import find

__all__ = ["find"]
