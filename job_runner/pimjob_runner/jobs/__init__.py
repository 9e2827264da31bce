"""The built-in job types, one folder per family of jobs."""
