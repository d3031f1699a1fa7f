"""The dashboard is made once somebody is named to own it, and goes when nobody is."""

from .conftest import Deployed


def test_the_dashboard_is_made_for_its_owner(deployed: Deployed) -> None:
    owner = "arn:aws:quicksight:us-east-1:000000000000:user/default/ann"
    assert deployed.deployment.deploy({"QuickSightPrincipal": owner}) == deployed.outputs
    stacks = deployed.client("cloudformation").describe_stacks()["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for stack in stacks for one in stack.get("Outputs", [])}
    assert outputs["QuickSightDashboard"].startswith("arn:aws:quicksight:")
    assert deployed.deployment.deploy({"QuickSightPrincipal": ""}) == deployed.outputs
