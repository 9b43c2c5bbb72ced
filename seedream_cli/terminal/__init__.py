"""The standard streams, and what people see and answer on a terminal."""
