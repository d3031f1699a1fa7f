"""What Firehose does with records on their way to a bucket; `gaps/firehose_buffer.py` puts it into the emulator."""
