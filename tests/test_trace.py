"""A trace says of every condition whether it holds, what it saw, and where that came from."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from dataarch.engine.engine import Engine
from dataarch.engine.store import compiled, engine_of
from dataarch.engine.trace import Tracing, traced
from dataarch.errors import Place
from dataarch.profile import Answer, Profile, profile, settings as answers

from . import oracle
from .bases import CUTS, documents, profiles


def test_a_failed_test_shows_what_it_saw_and_where_that_stood(engine: Engine) -> None:
    given = answers(["velocity=real-time", "latency=500 ms", "kafka_experience=yes"])
    tracer = traced(Tracing(engine), engine.view(), profile(engine.base.questions, given))
    decision = engine.base.decisions["streaming-ingestion"]
    condition = next(c.when for c in decision.criteria if c.id == "kafka-all-four")
    tests = {test.condition[1]: test for test in tracer.trace(condition).tests()}
    assert (tests["latency"].holds, tests["latency"].saw, tests["latency"].source) == (False, "500 ms", "--set latency")
    assert (tests["kafka_experience"].holds, tests["kafka_experience"].saw) == (True, "yes")
    assert (tests["open_source_required"].holds, tests["open_source_required"].saw) == (None, "not known yet")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), profiles(), st.randoms(use_true_random=False))
def test_what_a_trace_calls_certain_is_so_in_every_completion(
    base: tuple[dict[str, bytes], dict[str, Any]], known: dict[str, Any], random: Any
) -> None:
    files, document = base
    engine = engine_of(compiled(files))
    given = Profile({id: Answer(value, Place("here")) for id, value in known.items()})
    tracer = traced(Tracing(engine), engine.view(), given)
    completions = list(oracle.completions(document, known, CUTS, constrained=False))
    for complete in random.sample(completions, min(20, len(completions))):
        for decision in engine.base.decisions.values():
            for criterion in decision.criteria:
                if decision.depends_on:
                    continue  # an outcome may itself change with what is still unknown
                held = tracer.trace(criterion.when).holds
                if held is not None:
                    assert held == oracle.holds(criterion.when, complete, {}, document)
