"""What the proof is made of: a service of its own process, a stage for runs under faults, an audit, figures."""
