"""Helm, and what it makes of the chart."""

import pytest

from support.helm import Helm, Render, rendered, run


@pytest.fixture(scope="session")
def helm() -> Helm:
    """Run helm; what it says is in the answer, whether it fails or not."""
    return run


@pytest.fixture(scope="session")
def render() -> Render:
    """Return the objects that the chart makes of values."""
    return rendered
