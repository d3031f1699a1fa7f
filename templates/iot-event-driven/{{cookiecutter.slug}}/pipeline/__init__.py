"""The project end to end: data, training, devices that send, and the comparison of what came out.

The same code works on the local AWS and on a real account: it knows AWS by boto3 and MQTT, nothing else.
"""
