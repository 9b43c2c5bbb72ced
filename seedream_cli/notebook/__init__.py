"""What people do with drafts that are there: find, compare, mark, add up, take in, verify."""
