"""What dataarch costs, as ratios against a peer measured in the same run.

    python benchmarks/run.py            everything
    python benchmarks/run.py --smoke    the same with few repetitions, to see that it runs

zen-engine is compared with when it is installed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from peers import given, rows, table

from dataarch import profile
from dataarch.engine.atoms import holds, test
from dataarch.engine.compile import Compiler
from dataarch.engine.graph import Graph
from dataarch.engine.store import compiled, engine_of, open_engine, rules_folder
from dataarch.engine.trace import Tracing, traced
from dataarch.rulebase.sources import read_sources
from dataarch.scaffold.template import folder, templates

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
PEER = """
import typer
app = typer.Typer()
@app.command()
def hello(name: str = "x") -> None:
    print("hello", name)
app()
"""


def cpu(command: list[str], folder: str, env: dict[str, str] | None = None) -> float:
    """CPU seconds of one run of a command, and of what it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=folder,
                   env={**os.environ, "COLUMNS": "80", **(env or {})})  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start(pairs: int) -> None:
    """CPU of whole processes against a minimal Typer program, in alternating pairs, the median of the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        peer = Path(folder, "peer.py")
        peer.write_text(PEER)
        answers = Path(folder, "answers.json")
        given = profile.read(str(next(s for s in SAMPLES if "fraud" in s.name)))
        answers.write_text(json.dumps({one.key: one.raw for one in given}))
        script = [str(Path(sys.executable).with_name("dataarch"))]
        settings = [part for one in given if one.key != "workload" for part in ("--set", _setting(one))]
        cases = {
            "recommend --answers F.json --format json": ["recommend", "--answers", str(answers), "--format", "json"],
            "recommend --set … --format json": ["recommend", *settings, "--format", "json"],
            "recommend --answers F.yaml --format json": ["recommend", "--answers", str(SAMPLES[1]), "--format", "json"],
            "--help": ["--help"],
            "--version": ["--version"],
        }
        for name, arguments in cases.items():
            other = [sys.executable, str(peer), *(["--help"] if name == "--help" else [])]
            ours, theirs = [], []
            for _ in range(pairs + 1):
                ours.append(cpu([*script, *arguments], folder))
                theirs.append(cpu(other, folder))
            ratios = [a / b for a, b in zip(ours[1:], theirs[1:], strict=True)]
            print(f"start  {name:45} {statistics.median(ratios):5.2f} x a minimal Typer program"
                  f"  ({1000 * statistics.median(ours[1:]):.0f} ms, {pairs} pairs)")  # fmt: skip


def scaffolding(pairs: int) -> None:
    """CPU of making a project against the cookiecutter command on the same template, its hook included."""
    script, other = (str(Path(sys.executable).with_name(name)) for name in ("dataarch", "cookiecutter"))
    for pattern in templates():
        with tempfile.TemporaryDirectory() as place:
            kept = {"HOME": place, "XDG_CONFIG_HOME": place}
            ours, theirs = [], []
            for number in range(pairs + 1):
                mine, peer = Path(place, f"a{number}"), Path(place, f"b{number}")
                peer.mkdir()
                ours.append(cpu([script, "scaffold", pattern, str(mine), "--no-git"], place))
                command = [other, f"{folder()}/{pattern}", "--no-input", "-o", str(peer)]
                theirs.append(cpu(command, place, kept))
            ratios = [a / b for a, b in zip(ours[1:], theirs[1:], strict=True)]
            print(f"make   {f'scaffold {pattern}':45} {statistics.median(ratios):5.2f} x cookiecutter"
                  f"  ({1000 * statistics.median(ours[1:]):.0f} ms, {pairs} pairs)")  # fmt: skip


def _setting(one: profile.Given) -> str:
    return f"{one.key}={','.join(one.raw) if isinstance(one.raw, list) else one.raw}"


def compilation() -> None:
    """How long the rules take to compile, and how large and how quickly loaded the diagrams are."""
    sources = read_sources(rules_folder())
    begun = time.process_time()
    made = compiled(sources)
    seconds = time.process_time() - begun
    engine = engine_of(made)
    compiler = Compiler(engine.base, engine.view().active)
    compiler.compile()
    kept = compiler.diagrams.reach([node for roots in compiler.roots.values() for node in roots.all()])
    head, nodes = Graph.of(compiler).packed()
    loads = []
    for _ in range(20):
        begun = time.perf_counter()
        Graph.unpacked(head, nodes)
        loads.append(time.perf_counter() - begun)
    print(f"rules  compiled in {seconds:.2f} s of CPU: {len(kept)} nodes over {len(compiler.variables)} variables,"
          f" {len(nodes)} bytes, loaded in {1e3 * statistics.median(loads):.2f} ms")  # fmt: skip


def throughput(seconds: float) -> None:
    """Profiles a second with the ids of the criteria that hold, and with the full trace, against zen-engine."""
    if importlib.util.find_spec("zen") is None:
        print("rate   zen-engine is not installed; nothing to compare with")
        return
    import zen

    engine = open_engine()
    view, tracing, content = engine.view(), Tracing(engine), rows(engine)
    profiles = [profile.profile(engine.base.questions, profile.read(str(sample))) for sample in SAMPLES]
    inputs = [given(engine, view, one.known) for one in profiles]
    decision = zen.ZenEngine().create_decision(table(engine, content))
    for one, facts in zip(profiles, inputs, strict=True):
        theirs = {row["rule"] for row in decision.evaluate(facts)["result"]}
        bits, _ = engine.bits(one.known)
        for id, verdict in view.evaluate(bits).items():
            bits |= view.outcome_bits(id, verdict)
        ours = {id for id, condition in content if holds(test(condition, engine.atoms), bits)}
        assert ours == theirs, sorted(ours ^ theirs)

    def evaluate(index: int) -> None:
        view.evaluate(engine.bits(profiles[index].known)[0])

    pairs: list[tuple[str, Callable[[int], object], Callable[[int], object]]] = [
        ("criterion ids", evaluate, lambda index: decision.evaluate(inputs[index])),
        ("full trace", lambda index: traced(tracing, view, profiles[index]),
         lambda index: decision.evaluate(inputs[index], {"trace": True})),
    ]  # fmt: skip
    for name, ours_of, theirs_of in pairs:
        ratios, rates = [], []
        for _ in range(7):
            mine, peer = _rate(ours_of, len(profiles), seconds), _rate(theirs_of, len(profiles), seconds)
            ratios.append(mine / peer)
            rates.append(mine)
        print(f"rate   {name:45} {statistics.median(ratios):5.1f} x zen-engine"
              f"  ({statistics.median(rates):.0f} profiles a second, {len(content)} criteria and reasons)")  # fmt: skip


def _rate(work: Callable[[int], object], size: int, seconds: float) -> float:
    done, begun = 0, time.process_time()
    while time.process_time() - begun < seconds:
        for index in range(size):
            work(index)
        done += size
    return done / (time.process_time() - begun)


if __name__ == "__main__":
    quick = "--smoke" in sys.argv
    start(1 if quick else 15)
    scaffolding(1 if quick else 9)
    compilation()
    throughput(0.05 if quick else 0.5)
