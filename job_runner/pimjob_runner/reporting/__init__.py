"""Progress into the PimJob's status, and its spec back."""

__all__ = ["kube", "reporter", "status"]
