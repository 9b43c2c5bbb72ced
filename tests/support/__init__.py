"""What the tests stand on: a scripted service on loopback, and the program run as users run it."""
