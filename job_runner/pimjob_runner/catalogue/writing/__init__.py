"""The one place that writes the catalogue; `unit_of_work` is its door."""
