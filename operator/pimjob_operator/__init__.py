"""The operator: turns PimJobs into Jobs and keeps their status true."""
