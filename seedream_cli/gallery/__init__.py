"""The gallery: a page to look at drafts, compare, rate and pick them; one file, or served on loopback."""
