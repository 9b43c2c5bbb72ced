"""The images API over HTTP: what is sent, what comes back, when to try again, and how long to wait."""
