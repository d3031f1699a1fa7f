"""What is shown while outcomes stand for themselves is so, too, with the outcomes worked out."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from dataarch.check.proofs import standing_of
from dataarch.engine.engine import WHITEPAPER
from dataarch.engine.roots import FALSE
from dataarch.engine.store import compiled, engine_of

from .bases import documents


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_what_cannot_be_apart_cannot_be_at_all_and_what_follows_apart_follows(
    base: tuple[dict[str, bytes], dict[str, Any]],
) -> None:
    engine = engine_of(compiled(base[0]))
    first = standing_of(engine, engine.view())
    for standing in (first, standing_of(engine, engine.view(WHITEPAPER), first)):
        whole, apart = standing.compiler, standing.apart
        whole.compile()
        for decision in engine.base.decisions.values():
            assert apart.applies(decision) != FALSE or whole.applies(decision) == FALSE
            for one in whole.active[decision.id]:
                for other in whole.active[decision.id]:
                    here, there = ([at.effective(decision, i) for i in (one, other)] for at in (apart, whole))
                    assert apart.diagrams.both(*here) != FALSE or whole.diagrams.both(*there) == FALSE
                    assert not apart.diagrams.implies(*here) or whole.diagrams.implies(*there)
