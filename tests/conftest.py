"""What the engine's tests and the system tests share: the sample files, which stay out of this project's tree."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no fault of the code: properties are not timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = Path(os.environ.get("CLOUD_BILLING_SAMPLES") or ROOT.parent / "shared" / "samples")


def pytest_collection_modifyitems(items):
    """Whoever asks for the samples carries the mark, and is skipped with the reason where there are none."""
    for item in items:
        if "samples" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.samples)
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("samples") and not SAMPLES.is_dir():
            item.add_marker(pytest.mark.skip(reason="no samples: set CLOUD_BILLING_SAMPLES to their folder"))


@pytest.fixture(scope="session")
def samples():
    """The folder with the sample files."""
    return SAMPLES
