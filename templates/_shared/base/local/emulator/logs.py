"""CloudWatch Logs, written from inside the emulator."""

import time

from ministack.services import cloudwatch_logs


class LogStream:
    """One log stream; group and stream are made with the first line."""

    def __init__(self, group: str, stream: str) -> None:
        """Name the stream."""
        self.name = {"logGroupName": group, "logStreamName": stream}
        self.made = False

    def write(self, line: str) -> None:
        """Append a line."""
        if not self.made:
            # Both answer with an error when the thing is there already; that is fine.
            cloudwatch_logs._create_log_group({"logGroupName": self.name["logGroupName"]})
            cloudwatch_logs._create_log_stream(dict(self.name))
            self.made = True
        # CloudWatch refuses an empty message.
        event = {"timestamp": int(time.time() * 1000), "message": line or " "}
        cloudwatch_logs._put_log_events({**self.name, "logEvents": [event]})
