"""Waiting for conditions of other processes, with a limit and a reason in words."""

import time


class WaitFailed(AssertionError):
    """The awaited did not come in time."""


def wait_until(condition, what, timeout_s=30.0, pause_s=0.02, watch=None):
    """Calls `condition` until it returns something true, and returns that.

    `what` completes "waited in vain for …". Errors of the kind a starting server gives (OSError, ValueError) count as
    "not yet"; the last one is named when time is up. `watch`, when given, is called each round and may raise.
    """
    deadline = time.monotonic() + timeout_s
    last_error = None
    while True:
        try:
            found = condition()
            last_error = None
            if found:
                return found
        except (OSError, ValueError, KeyError, LookupError) as error:
            last_error = error
        if watch is not None:
            watch()
        if time.monotonic() > deadline:
            because = f" (last error: {last_error!r})" if last_error else ""
            raise WaitFailed(f"waited in vain for {what}, {timeout_s:g} s{because}")
        time.sleep(pause_s)
