"""The dashboard shows columns that its views have."""

from typing import Any

import pytest

from templates import PROJECT, resources


def found(value: Any, name: str) -> list[Any]:
    """Returns every value under a name, however deep."""
    if isinstance(value, list):
        return [one for part in value for one in found(part, name)]
    if isinstance(value, dict):
        own = [value[name]] if name in value else []
        return own + [one for part in value.values() for one in found(part, name)]
    return []


@pytest.mark.parametrize(("logical", "view"), [("Funnel", "40-funnel.sql"), ("Uplift", "41-uplift.sql")])
def test_a_data_set_has_the_columns_of_its_view(logical: str, view: str) -> None:
    columns = [column["Name"] for column in found(resources("quicksight.yaml")[logical], "InputColumns")[0]]
    sql = (PROJECT / "views" / view).read_text().rpartition("WITH")[2]
    assert columns
    for column in columns:
        assert f" AS {column}" in sql or f"  {column},\n" in sql, column


def test_every_visual_shows_columns_of_its_data_set() -> None:
    quicksight = resources("quicksight.yaml")
    known = {
        name: {column["Name"] for column in found(quicksight[logical], "InputColumns")[0]}
        for name, logical in (("funnel", "Funnel"), ("uplift", "Uplift"))
    }
    shown = found(quicksight["Dashboard"], "Column")
    assert len(shown) > 10
    for column in shown:
        assert column["ColumnName"] in known[column["DataSetIdentifier"]]
