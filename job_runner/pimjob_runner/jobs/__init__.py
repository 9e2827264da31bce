"""The built-in job types, one folder per family of jobs."""

__all__ = ["imports", "installation_check"]
