"""Progress into the PimJob's status, and its spec back."""
