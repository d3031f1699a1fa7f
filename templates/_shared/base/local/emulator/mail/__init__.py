"""What becomes of an e-mail after SES has taken it; `gaps/ses.py` puts it into the emulator."""
