"""The emulator's side: runs in `.venv-local` only, the one place that knows ministack, DuckDB and sqlglot."""
