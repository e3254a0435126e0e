"""What every pretend vendor shares: a journal that survives, faults on order, a clock to turn, sockets that can misbehave."""
