"""Steps of the migrations that compute something: what they do once is never changed again."""
