"""Files that survive a crash, stay private, and are shared by processes."""
