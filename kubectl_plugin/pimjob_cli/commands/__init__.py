"""One module a command: `configure` says what it takes, `run` does it and returns an exit code."""
