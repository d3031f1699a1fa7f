"""Brings the project to an AWS account, or to the local AWS: the same code for both."""
