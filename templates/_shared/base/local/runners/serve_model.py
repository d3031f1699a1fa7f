"""Serves a model over HTTP as a SageMaker inference container does.

usage: python serve_model.py MODEL_FOLDER [PROGRAM]

It says `PORT <number>` once it listens; everything else it says comes from the model's code.

MODEL_FOLDER is the unpacked model.tar.gz; its code/ folder holds PROGRAM (default inference.py) with the hooks

    model_fn(model_dir)                     required
    input_fn(body, content_type)            without it JSON and CSV are read
    predict_fn(data, model)                 without it model.predict(data) is called
    output_fn(prediction, accept)           without it JSON is written

GET /ping answers 200 once the model is loaded, POST /invocations answers a prediction. One request is worked on at a
time, as in one worker of the container: models need not be thread-safe.
"""

import csv
import importlib.util
import io
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[2])

from local import lifeline  # noqa: E402

Predict = Callable[[bytes, str, str], tuple[bytes, str]]


class UnsupportedType(ValueError):
    """The request's content type, or the type it wants back, is one the model's code does not know."""


def read(body: bytes, content_type: str) -> Any:
    r"""The data of a request: JSON as it is, CSV as rows of numbers.

    >>> read(b"1,2\n3,4\n", "text/csv")
    [[1.0, 2.0], [3.0, 4.0]]
    """
    kind = content_type.partition(";")[0].strip()
    if kind == "application/json":
        return json.loads(body)
    if kind == "text/csv":
        return [[float(cell) for cell in row] for row in csv.reader(io.StringIO(body.decode())) if row]
    raise UnsupportedType(f"content type {content_type!r} is not supported; use application/json or text/csv")


def write(prediction: Any, accept: str) -> str:
    """The prediction as JSON; arrays that know tolist() become lists."""
    if accept not in {"application/json", "*/*"}:
        raise UnsupportedType(f"accept {accept!r} is not supported; use application/json")
    return json.dumps(prediction.tolist() if hasattr(prediction, "tolist") else prediction)


def load(folder: Path, program: str) -> Predict:
    """The prediction function of a model folder: the four hooks in a row, with the model loaded once."""
    code = folder / "code"
    script = code / program
    if not script.is_file():
        raise FileNotFoundError(f"the model archive holds no code/{program}")
    sys.path[0] = str(code)
    os.chdir(code)
    spec = importlib.util.spec_from_file_location("inference", script)
    if spec is None or spec.loader is None:
        raise ImportError(f"code/{program} cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules["inference"] = module
    spec.loader.exec_module(module)
    if not hasattr(module, "model_fn"):
        raise AttributeError(f"code/{program} defines no model_fn(model_dir)")
    model = module.model_fn(str(folder))
    input_fn = getattr(module, "input_fn", read)
    predict_fn = getattr(module, "predict_fn", lambda data, loaded: loaded.predict(data))
    output_fn = getattr(module, "output_fn", write)
    one_at_a_time = threading.Lock()

    def predict(body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        with one_at_a_time:
            answer = output_fn(predict_fn(input_fn(body, content_type), model), accept)
        content, kind = answer if isinstance(answer, tuple) else (answer, accept)
        kind = "application/json" if kind == "*/*" else kind
        return content if isinstance(content, bytes) else str(content).encode(), kind

    return predict


def handler(predict: Predict) -> type[BaseHTTPRequestHandler]:
    """The request handler that answers with `predict`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Buffered responses and no Nagle: otherwise headers and body travel apart and every call costs 40 ms more.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            if self.path == "/ping":
                self.answer(200, b"", "text/plain")
            else:
                self.answer(404, b"not found", "text/plain")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path != "/invocations":
                self.answer(404, b"not found", "text/plain")
                return
            content_type = self.headers.get("Content-Type") or "application/json"
            accept = self.headers.get("Accept") or "*/*"
            try:
                content, kind = predict(body, content_type, accept)
            except UnsupportedType as error:
                self.answer(415, str(error).encode(), "text/plain")
            except Exception as error:  # the user's code failed; the endpoint lives on
                traceback.print_exc()
                self.answer(500, traceback.format_exception_only(error)[-1].strip().encode(), "text/plain")
            else:
                self.answer(200, content, kind)

        def answer(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the log to what the model's code prints."""

    return Handler


def main(folder: Path, program: str) -> int:
    """Loads the model, says the port, and serves until the starter is gone."""
    try:
        predict = load(folder, program)
    except Exception:  # the reason is the last line of the traceback
        traceback.print_exc()
        return 1
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(predict))
    server.daemon_threads = True
    print(f"PORT {server.server_port}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    lifeline.hold()
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2] if len(sys.argv) > 2 else "inference.py"))
