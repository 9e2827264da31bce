"""The demo: the sample catalogue through the import jobs, watched, and compared at the end."""
