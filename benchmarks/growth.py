"""What it costs when the rules grow: `python benchmarks/growth.py [--plain] [TIMES…]`, 1 10 100 without any.

`--plain` builds no diagrams and measures reading and evaluating alone. Nothing is collected between, as in a command.

A base of the same shape is made of copies of every question, decision and constraint, under names of their own, so that
each copy hangs together as the built-in rules do and none looks into another.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from random import Random
from typing import Any

from dataarch import yamltree
from dataarch.check.alive import dead_criteria
from dataarch.check.examples import Example, read_examples
from dataarch.check.extent import Extent
from dataarch.check.proofs import conflicts, each_decision, never_chosen, standings, without_outcome
from dataarch.check.samples import Samples
from dataarch.engine import atoms
from dataarch.engine.collector import put_off
from dataarch.engine.engine import Engine, conditions, tests
from dataarch.engine.evaluate import View
from dataarch.engine.graph import Graph
from dataarch.engine.store import compiled_from, engine_of, rules_folder
from dataarch.profile import Profile
from dataarch.rulebase.catalogue import rows_of
from dataarch.rulebase.fields import Findings
from dataarch.rulebase.load import load
from dataarch.rulebase.model import RuleBase
from dataarch.rulebase.sources import read_sources

Document = dict[str, Any]
COPIED = ("questions", "decisions", "constraints")


def grown(sources: dict[str, bytes], times: int) -> dict[str, bytes]:
    """Rule files with so many copies of what decides."""
    trees = {name: plain(yamltree.parse(content.decode(), name)) for name, content in sources.items()}
    sections = [tree for name, tree in trees.items() if name.startswith("questions/")]
    questions = {one["id"] for section in sections for one in section["questions"]}
    made = dict(sources)
    constraints = list(trees.get("constraints.yaml", {"constraints": []})["constraints"])
    for number in range(1, times):
        for name, tree in trees.items():
            if not name.startswith(COPIED):
                continue
            new = renamed(tree, questions, number)
            if name.startswith("constraints"):
                constraints += [{**one, "id": f"{one['id']}-{number}"} for one in new["constraints"]]
                continue
            if name.startswith("decisions"):
                new["id"] = f"{tree['id']}-{number}"
            else:
                new["id"] = f"{tree['id']}-{number}"
                new["questions"] = [{**one, "id": f"{one['id']}_{number}"} for one in new["questions"]]
            folder = name.rpartition("/")[0]
            made[f"{folder}/{new['id']}.yaml"] = json.dumps(new).encode()
    made["constraints.yaml"] = json.dumps({"constraints": constraints}).encode()
    base = trees["base.yaml"]
    copied = [f"{id}-{number}" for number in range(1, times) for id in base["trunk"]]
    made["base.yaml"] = json.dumps({**base, "trunk": [*base["trunk"], *copied]}).encode()
    return made


def document(times: int) -> Document:
    """The rule document of so many copies. What follows from services asks each copy's own questions, too."""
    made = load(grown(read_sources(rules_folder()), times))
    questions = {id for id in made["questions"] if f"{id}_1" in made["questions"]}
    for number in range(1, times):
        for id in questions:
            made["questions"][f"{id}_{number}"]["named"] = made["questions"][id]["named"]
        for id, decision in made["decisions"].items():
            if id.endswith(f"-{number}"):
                for entry in decision["reasons"] + decision["criteria"]:
                    entry["when"] = own(entry["when"], questions, number)
    return made


def own(condition: Any, questions: set[str], number: int) -> Any:
    """A condition with the questions of the rules under the names of a copy."""
    if isinstance(condition, list) and len(condition) == 3 and condition[0] in ("is", "from", "below"):
        name = f"{condition[1]}_{number}" if condition[1] in questions else condition[1]
        return [condition[0], name, condition[2]]
    return [own(part, questions, number) for part in condition] if isinstance(condition, list) else condition


def plain(tree: Any) -> Any:
    """A tree as plain values."""
    if isinstance(tree, yamltree.Mapping):
        return {key: plain(value) for key, value in tree.entries.items()}
    return [plain(item) for item in tree.items] if isinstance(tree, yamltree.Sequence) else tree.text


def renamed(value: Any, questions: set[str], number: int) -> Any:
    """The same with the questions and decisions of conditions under the names of a copy."""
    if isinstance(value, list):
        return [renamed(item, questions, number) for item in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for key, inner in value.items():
        if key == "decision" and isinstance(inner, dict):
            made[key] = {f"{id}-{number}": outcome for id, outcome in inner.items()}
        else:
            made[f"{key}_{number}" if key in questions else key] = renamed(inner, questions, number)
    return made


def profiles(engine: Engine, count: int) -> list[dict[str, Any]]:
    """Random answers to a third of the questions."""
    random, found = Random(5), []
    for _ in range(count):
        known: dict[str, Any] = {}
        for id, question in engine.base.questions.items():
            if question.type == "text" or random.random() > 1 / 3:
                continue
            if question.type in ("one-of", "any-of"):
                value = random.choice(list(question.values))
                known[id] = [value] if question.type == "any-of" else value
            elif question.type == "yes-no":
                known[id] = random.choice(("yes", "no"))
            else:
                known[id] = random.choice([0, *engine.atoms["answers"][id]["cuts"]])
        found.append(known)
    return found


@put_off()
def measure(times: int, check: bool) -> None:
    """Prints what a base so many times as large costs."""
    rules = document(times)
    begun = time.process_time()
    made = compiled_from(rules)
    compiling = time.process_time() - begun
    begun = time.process_time()
    engine = engine_of(made)
    loading = time.process_time() - begun
    view, spent = engine.view(), []
    for known in profiles(engine, 20):
        spent.append(evaluated(engine, view, known))
    said = (f"{times:4} x  {len(engine.base.decisions):5} decisions  compile {compiling:7.1f} s  load {loading:6.2f} s"
            f"  evaluate {1000 * statistics.median(spent):8.2f} ms  nodes {len(made.nodes) / 1e6:6.1f} MB")  # fmt: skip
    print(said, end="", flush=True)
    if check:
        print(f"  check {checked(engine, times):7.1f} s", end="")
    print(flush=True)


def evaluated(engine: Engine, view: View, known: dict[str, Any]) -> float:
    """The seconds of CPU that one profile takes."""
    begun = time.process_time()
    view.evaluate(engine.bits(known)[0])
    return time.process_time() - begun


def examples(engine: Engine, times: int) -> list[Example]:
    """The examples of the rules, and the same for every copy."""
    own = read_examples(engine, rules_folder(), "rules/", Findings())
    found = list(own)
    for number in range(1, times):
        found += [
            one._replace(
                decision=f"{one.decision}-{number}",
                answers=Profile({f"{key}_{number}": answer for key, answer in one.answers.answers.items()}),
            )
            for one in own
        ]
    return found


def checked(engine: Engine, times: int) -> float:
    """The seconds of CPU that the proofs take."""
    begun, extent = time.process_time(), Extent(engine.base)
    standing, samples = standings(engine), Samples(engine, examples(engine, times))
    for decision, differing in each_decision(standing, extent):
        for one in differing:
            list(conflicts(decision, one))
            list(without_outcome(decision, one))
        list(never_chosen(decision, standing[0], extent, samples))
        list(dead_criteria(engine, decision, differing, extent, samples))
    return time.process_time() - begun


@put_off()
def measure_plain(times: int) -> None:
    """Prints what reading and evaluating costs, without any diagram."""
    begun = time.process_time()
    rules = document(times)
    rows = rows_of(rules)
    base = RuleBase(rows, dict)
    bits = atoms.table(base, conditions(base))
    engine = Engine(base, bits, tests(base, rules["question_order"], bits), Graph([], [], {}, {}, []))
    reading = time.process_time() - begun
    view, spent = engine.view(), []
    for known in profiles(engine, 20):
        spent.append(evaluated(engine, view, known))
    print(f"{times:4} x  {len(base.decisions):5} decisions  read {reading:7.1f} s  evaluate"
          f" {1000 * statistics.median(spent):8.2f} ms", flush=True)  # fmt: skip


if __name__ == "__main__":
    wished = [int(text) for text in sys.argv[1:] if text.isdecimal()] or [1, 10, 100]
    for wanted in wished:
        if "--plain" in sys.argv:
            measure_plain(wanted)
        else:
            measure(wanted, check=wanted <= 10)
