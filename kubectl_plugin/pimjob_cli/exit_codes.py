"""Exit codes of `wait`, and of `--wait`."""

COMPLETED, FAILED, STOPPED, TIMED_OUT = 0, 3, 4, 5
EXIT_CODES = """\
exit codes: 0 all Completed, 3 one has Failed, 4 one was Stopped (and none has Failed),
5 timed out, 1 an error, such as a job that was deleted, 2 asked for wrongly
"""
