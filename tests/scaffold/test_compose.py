"""A project is the union of its layers, and nothing that is a value is ever a template."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from dataarch.errors import UserError
from dataarch.scaffold.project import make, plan

from .conftest import Small, contents

HOSTILE = ["{{ 7 * 7 }}", "{% raw %}", "*/ `x` $(touch pwned) <b>", "a\nb: c", "'; import os", "#{x}", "no", "1e3", "ü"]


def made(small: Small, folder: Path, **values: object) -> dict[str, bytes]:
    make(plan(small.template, str(folder), small.context(**values)), git=False)
    return contents(folder)


def test_a_layer_goes_in_only_where_its_option_was_chosen(small: Small, tmp_path: Path) -> None:
    assert made(small, tmp_path / "a", colour="red")["paint.txt"] == b"red"
    assert made(small, tmp_path / "b", colour="blue")["paint.txt"] == b"blue"


def test_of_a_decision_that_selects_many_every_layer_goes_in(small: Small, tmp_path: Path) -> None:
    small.offer("red", "red+blue")
    small.add("small/parts/colour/blue/mixed.txt", "purple")
    (small.folder / "parts/colour/blue/paint.txt").unlink()
    assert "mixed.txt" not in made(small, tmp_path / "a", colour="red")
    both = made(small, tmp_path / "b", colour="red+blue")
    assert (both["paint.txt"], both["mixed.txt"]) == (b"red", b"purple")
    assert both["docs/decisions/0002-colour.md"] == b"# Colour: red blue\n"


def test_an_option_may_be_made_of_parts_that_other_options_have_too(small: Small, tmp_path: Path) -> None:
    settings = json.loads((small.folder / "cookiecutter.json").read_text())
    made_of = {"red": ["paint"], "blue": ["paint", "blue"]}
    small.add("small/cookiecutter.json", json.dumps({**settings, "_made_of": {"colour": made_of}}))
    small.add("small/parts/colour/paint/tin.txt", "tin")
    red, blue = (made(small, tmp_path / colour, colour=colour) for colour in ("red", "blue"))
    assert (red["tin.txt"], "paint.txt" in red) == (b"tin", False)
    assert (blue["tin.txt"], blue["paint.txt"]) == (b"tin", b"blue")


def test_what_is_not_jinja_is_copied_byte_for_byte(small: Small, tmp_path: Path) -> None:
    (small.shared / "base" / "raw.bin").write_bytes(bytes(range(256)))
    found = made(small, tmp_path / "a")
    assert found["own.txt"] == b"own {{ braces }}"
    assert found["raw.bin"] == bytes(range(256))


def test_a_record_is_written_for_every_decision(small: Small, tmp_path: Path) -> None:
    found = made(small, tmp_path / "a", colour="blue")
    assert found["docs/decisions/0001-size.md"] == b"# Size: s\n"
    assert found["docs/decisions/0002-colour.md"] == b"# Colour: blue\n"


def test_what_a_choice_settles_brings_its_layers_and_its_record(small: Small, tmp_path: Path) -> None:
    settings = json.loads((small.folder / "cookiecutter.json").read_text())
    settles = {"colour": {"red": {"shine": "matt"}, "blue": {"shine": "bright", "scent": "none"}}}
    small.add("small/cookiecutter.json", json.dumps({**settings, "_settles": settles}))
    small.add("_shared/partials/record.md.jinja", "{{ about.id }}: {{ about.choice | join }}, {{ about.how }}\n")
    small.add("small/parts/shine/matt/matt.txt", "matt")
    small.add("_shared/parts/shine/bright/bright.txt", "bright")
    red, blue = (made(small, tmp_path / colour, colour=colour) for colour in ("red", "blue"))
    assert ("matt.txt" in red, "bright.txt" in red) == (True, False)
    assert ("matt.txt" in blue, "bright.txt" in blue) == (False, True)
    records = {name.rpartition("/")[2]: text for name, text in blue.items() if name.startswith("docs/decisions/0")}
    assert records == {
        "0001-size.md": b"size: s, always\n",
        "0002-shine.md": b"shine: bright, follows\n",
        "0003-scent.md": b"scent: none, follows\n",
        "0004-colour.md": b"colour: blue, chosen\n",
    }


def test_two_layers_with_one_file_are_an_error(small: Small, compose: ModuleType) -> None:
    small.add("_shared/base/paint.txt", "white")
    with pytest.raises(compose.ComposeError, match=r"every project and colour: red bring paint\.txt"):
        compose.sources(small.folder, small.context())


def test_a_rendered_and_a_copied_file_of_one_name_are_an_error(small: Small, compose: ModuleType) -> None:
    small.add("small/{{cookiecutter.slug}}/all.txt", "x")
    with pytest.raises(compose.ComposeError, match=r"bring all\.txt"):
        compose.sources(small.folder, small.context())


@pytest.mark.parametrize("option", ["../red", "", ".", "/etc", "green", "red/../blue"])
def test_an_option_is_compared_with_the_options_there_are(small: Small, compose: ModuleType, option: str) -> None:
    with pytest.raises(compose.ComposeError, match="this template has red, blue"):
        compose.sources(small.folder, small.context(colour=option))


@pytest.mark.parametrize("slug", ["", "../x", "/tmp/x", "A", "a b", "-a", "1a", "a" * 49, "a\n", "{{x}}"])
def test_only_a_plain_name_is_composed(small: Small, compose: ModuleType, tmp_path: Path, slug: str) -> None:
    with pytest.raises(compose.ComposeError, match="is no name for a project"):
        compose.compose(small.folder, tmp_path, small.context(slug=slug))


def test_a_link_in_a_template_is_an_error(small: Small, compose: ModuleType) -> None:
    (small.shared / "base" / "link").symlink_to("/etc/passwd")
    with pytest.raises(compose.ComposeError, match="is a link"):
        compose.sources(small.folder, small.context())


def test_compiled_python_of_a_template_goes_nowhere(small: Small, tmp_path: Path) -> None:
    small.add("small/{{cookiecutter.slug}}/__pycache__/own.cpython-311.pyc", "x")
    small.add("_shared/base/local/__pycache__/x.pyc", "x")
    assert not [name for name in made(small, tmp_path / "a") if "pycache" in name]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_is_never_a_template(small: Small, tmp_path: Path, text: str) -> None:
    small.add("_shared/base/values.yaml.jinja", "workload: {{ cookiecutter.workload | yaml }}\n")
    found = made(small, tmp_path / "a", workload=text)
    assert yaml.safe_load(found["values.yaml"]) == {"workload": text}
    assert b"49" not in found["all.txt"]
    assert not (tmp_path / "pwned").exists()


def test_a_template_that_is_broken_leaves_nothing(small: Small, tmp_path: Path) -> None:
    small.add("_shared/base/broken.txt.jinja", "{{ nobody.knows }}")
    with pytest.raises(Exception, match="nobody"):
        made(small, tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_a_destination_may_look_like_a_template(small: Small, tmp_path: Path) -> None:
    assert "paint.txt" in made(small, tmp_path / "{{ cookiecutter.slug }}" / "{% x %}")


def test_a_temporary_folder_that_looks_like_a_template_is_refused(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = tmp_path / "{{x}}"
    strange.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(strange))
    with pytest.raises(UserError, match="TMPDIR"):
        made(small, tmp_path / "a")


TEXTS = st.text(max_size=60).filter(str.isprintable)  # a profile holds no others
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES)
def test_yaml_is_read_back_as_it_was(compose: ModuleType, value: object) -> None:
    assert yaml.safe_load(compose.yaml(value)) == value
