"""Steps of the migrations that compute something: what they do once is never changed again."""

__all__ = ["canonical_claims", "fill_keys", "fill_known", "links_by_uuid"]
