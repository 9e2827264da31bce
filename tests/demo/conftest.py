import sys
from pathlib import Path

# The demo is a folder of scripts, not an installed package.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "dev" / "demo"))
