"""What each command does: `run` returns an exit code."""
