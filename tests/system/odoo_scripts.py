"""Scripts that the fixture `script` starts, and how they end."""


def ended(process, timeout=300):
    """What a script has printed until its end, which must be a good one. timeout: seconds."""
    printed = process.communicate(timeout=timeout)[0]
    assert process.returncode == 0 and "Traceback" not in printed, printed[-4000:]
    return printed
