"""Iterate on image prompts from the command line: drafts, seeds and the ledger of what was paid for."""

__version__ = "0.1.0"
