"""The engine under its stand-alone name, for the tests that need nothing else."""

import os
import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine_alone import load_engine

# A loaded machine is slow and not wrong, so no example has a deadline. HYPOTHESIS_PROFILE=torture tries 2,000 of each.
settings.register_profile("short", deadline=None)
settings.register_profile("torture", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

load_engine()
