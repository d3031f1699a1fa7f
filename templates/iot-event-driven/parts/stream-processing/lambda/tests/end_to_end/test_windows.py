"""What the function that keeps windows owes when it was stopped in between."""

import time

import pytest

from data import traffic

from .conftest import Deployed, less_allowed


def test_late_readings_are_those_of_the_ledger(deployed: Deployed) -> None:
    shift = deployed.play(minutes=8, plan=traffic.Plan(late=0.05))
    assert len(shift.ledger.late) > 10
    compared = deployed.compared(shift)
    assert compared.agrees
    assert compared.late == len(shift.ledger.late)


@pytest.mark.parametrize("sid", ["KeepWindows", "RememberDevices"])
def test_a_function_that_died_between_delivering_and_remembering_comes_to_the_same(
    deployed: Deployed, sid: str
) -> None:
    with less_allowed(deployed, deployed.outputs["Processor"], "window", sid):
        shift = deployed.play(minutes=4, speed=400)
        time.sleep(1)
        assert not deployed.compared_now(shift).agrees
    assert deployed.compared(shift).agrees
