"""One file a subcommand: options in, the work called, the outcome handed to the output."""
