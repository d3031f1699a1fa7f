"""Runs the script of a Glue job: `run_job.py KIND LAKE FOLDER SCRIPT ARGUMENTS…`.

The job's own code is unchanged: `sys.argv` is that of Glue, `awsglue` is there, `s3://` works in Spark, boto3 finds
the local AWS through its environment variables.
"""

import os
import runpy
import shutil
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])


def main(arguments: Sequence[str]) -> None:
    """Runs one job and ends as it ends."""
    kind, lake, folder, script, *given = arguments
    work = Path(folder)
    os.chdir(work)
    options = _options(given)
    modules = [str(file) for file in _files(Path(lake), options.get("extra-py-files", ""))]
    for file in _files(Path(lake), options.get("extra-files", "")):
        shutil.copy(file, work / file.name)
    sys.path[:0] = [*modules, str(Path(__file__).resolve().parent / "glue")]
    if kind == "glueetl":
        from local.runners import spark

        conf = dict(
            item.strip().partition("=")[::2] for item in options.get("conf", "").split("--conf") if item.strip()
        )
        try:
            os.environ.update(spark.prepare(Path(lake), work, conf))
        except spark.Missing as missing:
            raise SystemExit(str(missing)) from None
        # The workers of Spark are Pythons of their own.
        os.environ["PYTHONPATH"] = os.pathsep.join(modules)
        os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    # The job must not find what it would not find on AWS.
    sys.path.remove(ROOT)
    for name in [name for name in sys.modules if name.partition(".")[0] == "local"]:
        del sys.modules[name]
    sys.argv = [script, *given]
    runpy.run_path(script, run_name="__main__")


def _options(given: Sequence[str]) -> dict[str, str]:
    """Returns the arguments that have a value, `--name value`, by name."""
    return {name[2:]: value for name, value in pairwise(given) if name.startswith("--")}


def _files(lake: Path, listed: str) -> list[Path]:
    """Returns the files of a list of addresses with commas."""
    from local.errors import LocalAwsError
    from local.paths import file_of

    try:
        files = [file_of(lake, uri.strip()) for uri in listed.split(",") if uri.strip()]
    except LocalAwsError as error:
        raise SystemExit(str(error)) from None
    for file in files:
        if not file.exists():
            raise SystemExit(f"{listed} names a file that is not in the lake: {file}")
    return files


if __name__ == "__main__":
    sys.path[0] = ROOT
    from local import lifeline

    lifeline.hold()
    main(sys.argv[1:])
