"""Which engine worked a price out: kept with every rated line, so that its workings can be read for ever.

Major rises when a request that was answered before comes to another amount, or when a key of workings or statement is
gone or means something else. Minor rises when they say more: a key, a step or a charge model that was not there. A test
holds the keys of each version (tests/engine/test_engine_version.py).
"""

ENGINE_VERSION = "1.2"


def says_less(version):
    """Whether workings of a version say less than today's, and what they say is still said: an older minor version.

    version: text as it was stored, or None. What is no version is not older.
    """
    try:
        major, minor = (int(part) for part in version.split("."))
    except (AttributeError, ValueError):
        return False
    own_major, own_minor = (int(part) for part in ENGINE_VERSION.split("."))
    return major == own_major and minor < own_minor
