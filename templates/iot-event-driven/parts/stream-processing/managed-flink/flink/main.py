"""The Flink application: windows, enrichment and patterns over the telemetry, in SQL.

Managed Service for Apache Flink runs this file, and so does the local AWS. What it has to know is in the property
groups of the application, in the file that the service writes before it starts.
"""

import json
import os
from pathlib import Path

from statements import statements

_PROPERTIES = "/etc/flink/application_properties.json"


def main() -> None:
    """Runs until it is stopped."""
    from pyflink.table import EnvironmentSettings, TableEnvironment

    groups = json.loads(Path(os.environ.get("APPLICATION_PROPERTIES", _PROPERTIES)).read_text(encoding="utf-8"))
    given = {group["PropertyGroupId"]: group["PropertyMap"] for group in groups}
    plant = given["plant"]
    environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    settings = environment.get_config()
    settings.set("table.local-time-zone", "UTC")
    settings.set("table.exec.state.ttl", "1 h")  # how long a reading is remembered, to know it when it comes again
    # Parallelism and checkpoints are the service's matter on AWS, which refuses to be told.
    for name, value in given.get("configuration", {}).items():
        settings.set(name, value)
    work = environment.create_statement_set()
    for one in statements(plant["connectors"], plant):
        if one.startswith("INSERT"):
            work.add_insert_sql(one)
        else:
            environment.execute_sql(one)
    work.execute().wait()


if __name__ == "__main__":
    main()
