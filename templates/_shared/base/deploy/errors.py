"""What a deployment can say that a person can put right."""


class DeployError(Exception):
    """A deployment that did not work; the message says where, why and what to do."""
