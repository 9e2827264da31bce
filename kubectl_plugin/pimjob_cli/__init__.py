"""`kubectl pimjob`: what people do with PimJobs from a terminal.

It reads phases and never derives one; it talks to the API server through kubectl, which
has the credentials. Only the standard library is imported, and only what a command needs:
this runs at each press of TAB.
"""

__all__ = ["command_line", "completion", "main"]
