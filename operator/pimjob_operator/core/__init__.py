"""What to do, as pure functions on frozen values."""
