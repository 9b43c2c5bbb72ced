"""From options to a plan: what a command is going to draw, with seeds, places and cost, before anything is paid."""
