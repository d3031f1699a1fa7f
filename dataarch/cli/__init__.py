"""The command line: parses, calls one function of the core, hands the result to a renderer."""
