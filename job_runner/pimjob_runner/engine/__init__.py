"""Chunks, checkpoints, fencing, control: what runs a job type's steps."""
