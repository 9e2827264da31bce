"""How a metric is defined: with what its labels may say, and a query that makes use of it.

What is kept here is what docs/metrics.md is made of, and what the words of alerts and
dashboards are compared with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

Values = Sequence[str] | str
"""All values of a label; as a text, what they are if nobody can list them."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One metric. `name` is that of its samples, without what a histogram adds."""

    name: str
    kind: str
    about: str
    labels: Mapping[str, Values]
    query: str


class Metrics:
    """The metrics of one component, in the order in which they are defined."""

    def __init__(self) -> None:
        self.definitions: list[Definition] = []

    def counter(
        self, name: str, about: str, labels: Mapping[str, Values] | None = None, *, query: str
    ) -> Counter:
        """Define a counter."""
        return Counter(name, about, self._define("counter", name, about, labels, query))

    def gauge(
        self, name: str, about: str, labels: Mapping[str, Values] | None = None, *, query: str
    ) -> Gauge:
        """Define a gauge."""
        return Gauge(name, about, self._define("gauge", name, about, labels, query))

    def histogram(
        self,
        name: str,
        about: str,
        labels: Mapping[str, Values] | None = None,
        *,
        buckets: Sequence[float],
        query: str,
    ) -> Histogram:
        """Define a histogram; `buckets` are upper bounds."""
        names = self._define("histogram", name, about, labels, query)
        return Histogram(name, about, names, buckets=buckets)

    def _define(
        self, kind: str, name: str, about: str, labels: Mapping[str, Values] | None, query: str
    ) -> list[str]:
        labels = labels or {}
        self.definitions.append(
            Definition(name=name, kind=kind, about=about, labels=labels, query=query)
        )
        return list(labels)
