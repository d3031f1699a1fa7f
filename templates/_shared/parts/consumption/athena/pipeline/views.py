"""The views of `views/*.sql`: what analysts ask, kept in the catalogue under the names of their files.

CloudFormation has no Athena view, so that a deployment makes them by Athena itself; making them again changes nothing.
"""

from pathlib import Path

from pipeline.lake import Lake

VIEWS = Path(__file__).resolve().parent.parent / "views"


def create(lake: Lake) -> list[str]:
    """Makes or replaces every view, in the order of their files' names, and returns what they are called.

    `10-curated.sql` becomes the view `curated`, and one that builds on it comes later.
    """
    made = []
    for path in sorted(VIEWS.glob("*.sql")):
        name = path.stem.lstrip("0123456789-").replace("-", "_")
        lake.run(f"CREATE OR REPLACE VIEW {name} AS\n{path.read_text(encoding='utf-8')}")
        made.append(name)
    return made
