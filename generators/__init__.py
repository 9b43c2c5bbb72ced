"""What is made from the command line's own tree: the shells' completions and the man page.

`python -m generators` writes them; `python -m generators --check` says whether they are up to date.
"""
