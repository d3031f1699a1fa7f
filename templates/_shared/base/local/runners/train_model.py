"""Runs a training script as a SageMaker training container does.

usage: python train_model.py FOLDER, which stands for the container's /opt/ml

    FOLDER/input/config/hyperparameters.json    all values are strings
    FOLDER/input/data/<channel>/                the channels, already downloaded
    FOLDER/code/                                the unpacked sourcedir.tar.gz
    FOLDER/model/                               what the script leaves here becomes model.tar.gz
    FOLDER/output/data/                         what it leaves here becomes output.tar.gz
    FOLDER/output/failure                       written here: why the script failed

The script's hyperparameters arrive as `--name value`, the folders as SM_* variables.
"""

import json
import os
import runpy
import sys
import traceback
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

from local import lifeline  # noqa: E402

PROGRAM = "sagemaker_program"


def hyperparameters(text: str) -> dict[str, str]:
    r"""The hyperparameters as plain strings.

    The SageMaker SDK sends every value as JSON (`"\"train.py\""`), boto3 users send it bare; both are meant.

    >>> hyperparameters('{"sagemaker_program": "\\"train.py\\"", "depth": "4", "name": "a b"}')
    {'sagemaker_program': 'train.py', 'depth': '4', 'name': 'a b'}
    """
    values: dict[str, str] = {}
    for name, value in json.loads(text).items():
        try:
            plain = json.loads(value)
        except ValueError:
            plain = value
        values[name] = plain if isinstance(plain, str) else value
    return values


def arguments(values: dict[str, str]) -> list[str]:
    """The command line of the script; names that SageMaker keeps for itself are left out.

    >>> arguments({"sagemaker_program": "train.py", "depth": "4"})
    ['--depth', '4']
    """
    return [
        part for name, value in values.items() if not name.startswith("sagemaker_") for part in (f"--{name}", value)
    ]


def environment(folder: Path, values: dict[str, str]) -> dict[str, str]:
    """The SM_* variables of the training toolkit."""
    data = folder / "input" / "data"
    channels = sorted(channel.name for channel in data.iterdir()) if data.is_dir() else []
    own = {name: value for name, value in values.items() if not name.startswith("sagemaker_")}
    return {
        "SM_MODEL_DIR": str(folder / "model"),
        "SM_OUTPUT_DIR": str(folder / "output"),
        "SM_OUTPUT_DATA_DIR": str(folder / "output" / "data"),
        "SM_INPUT_DIR": str(folder / "input"),
        "SM_INPUT_CONFIG_DIR": str(folder / "input" / "config"),
        "SM_CHANNELS": json.dumps(channels),
        "SM_HPS": json.dumps(own),
        "SM_NUM_CPUS": str(os.cpu_count() or 1),
        "SM_NUM_GPUS": "0",
        "SM_HOSTS": '["algo-1"]',
        "SM_CURRENT_HOST": "algo-1",
        **{f"SM_CHANNEL_{channel.upper()}": str(data / channel) for channel in channels},
        **{f"SM_HP_{name.upper()}": value for name, value in own.items()},
    }


def train(folder: Path) -> int:
    """Run the script; the exit status of the container."""
    values = hyperparameters((folder / "input" / "config" / "hyperparameters.json").read_text(encoding="utf-8"))
    os.environ.update(environment(folder, values))
    code = folder / "code"
    script = code / values[PROGRAM]
    sys.argv = [str(script), *arguments(values)]
    sys.path[0] = str(code)
    os.chdir(code)
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        reason = "" if status == 0 else f"SystemExit: {end.code}"
    except BaseException as error:  # whatever the user's script raises is the job's failure
        traceback.print_exc()
        status, reason = 1, traceback.format_exception_only(error)[-1].strip()
    else:
        status, reason = 0, ""
    if status:
        (folder / "output" / "failure").write_text(reason, encoding="utf-8")
    return status


if __name__ == "__main__":
    lifeline.hold()
    STATUS = train(Path(sys.argv[1]).resolve())
    sys.stdout.flush()
    sys.stderr.flush()
    # A thread that the script forgot would keep a finished job running.
    os._exit(STATUS)
