"""How records are written in files. Knows no storage, no job and no catalogue."""
