"""The two output streams, and what people see on them."""
