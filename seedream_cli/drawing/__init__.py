"""Commands that draw or fetch, from a plan to an exit status."""
