"""The context of a Spark job."""

from typing import Any


class GlueContext:
    """Gives the Spark session; Glue's own frames and catalogue readers are not here and say so."""

    def __init__(self, sparkContext: Any, **_: Any) -> None:  # noqa: N803  # Glue's name
        from pyspark.sql import SparkSession

        self.spark_session = SparkSession(sparkContext)

    def get_logger(self) -> Any:
        """Returns a logger."""
        import logging

        return logging.getLogger("glue")

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"the local AWS has no GlueContext.{name}; use GlueContext.spark_session, which AWS has, too"
        )
