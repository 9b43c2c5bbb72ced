"""Drawing a prompt file again whenever it is saved: when it was (`changes`), and what follows from it (`session`)."""
