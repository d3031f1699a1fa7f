"""The project end to end: sources, refresh, requests over HTTP, and the comparison of what came out.

The same code works on the local AWS and on a real account: it knows AWS by boto3 and an address by HTTP, nothing else.
"""
