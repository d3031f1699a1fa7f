"""What becomes of the batches of a stream; `gaps/stream_consumers.py` puts it into the emulator."""
