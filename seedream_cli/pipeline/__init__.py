"""From requests to pictures: what is sent, what is fetched, what is recorded, and the events that tell of it."""
