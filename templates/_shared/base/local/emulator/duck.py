"""DuckDB, set to behave as Athena does."""

import duckdb

from local.emulator import trino

_SETTINGS = (
    # Of whole numbers the quotient is a whole number.
    "SET integer_division = true",
    "SET TimeZone = 'UTC'",
    # Nothing is downloaded while a query runs.
    "SET autoinstall_known_extensions = false",
    # With it, DuckDB 2.0 fails where TRY_CAST in a CSV table gives NULL.
    "SET disabled_optimizers = 'type_pushdown'",
)


def connect() -> duckdb.DuckDBPyConnection:
    """Returns a connection that behaves as Athena does."""
    connection = duckdb.connect(":memory:")
    for setting in _SETTINGS:
        connection.execute(setting)
    for macro in trino.MACROS:
        connection.execute(f"CREATE OR REPLACE MACRO {macro}")
    return connection
