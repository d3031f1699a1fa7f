"""Which models this project has: `fraud` has learned from labels, `anomaly` needs none. The first one decides first."""

KINDS = ("anomaly",)
