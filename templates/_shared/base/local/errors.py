"""The one exception of the local AWS that a person is meant to read."""


class LocalAwsError(Exception):
    """Something the user can put right; its text is one sentence that says what."""
