"""Batch files: from bytes in one of six formats to checked rows, and from a row's template to every prompt it means.

Nothing here sends, spends or remembers anything: bytes and text come in, rows or an `InputError` go out.
"""
