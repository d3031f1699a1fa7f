"""dataarch: decide and defend a data architecture on AWS."""

__version__ = "0.1.0"
