"""The variables that the functions read while they are imported."""

import os

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
for _name in ("AUDIENCE_TABLE", "CAMPAIGNS_TABLE", "MESSAGES_TABLE"):
    os.environ.setdefault(_name, _name.lower())
