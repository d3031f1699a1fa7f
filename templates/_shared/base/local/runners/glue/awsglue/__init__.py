"""The part of Glue's own library that a plain Spark job uses; on AWS the real one is there instead."""
