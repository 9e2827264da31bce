"""Imports from flat files, in the format of the reference PIM."""
