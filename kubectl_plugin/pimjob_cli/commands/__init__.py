"""What each command takes: its flags, its examples. Light, for help and TAB read nothing else."""
