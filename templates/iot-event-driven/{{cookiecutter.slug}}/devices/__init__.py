"""The devices: each with a certificate of its own, an outbox that survives a cut line, and MQTT over TLS.

What runs here runs on a device as well; it knows AWS by the address of its endpoint and nothing else.
"""
