"""Python's garbage collector, put off while diagrams are built.

Diagrams are millions of tuples, all alive and none in a circle; looking through them again and again takes half of the
time of building them, and more as they grow.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """No collection until the block ends."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
