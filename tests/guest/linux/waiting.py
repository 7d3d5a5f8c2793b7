# SPDX-License-Identifier: BSD-3-Clause
"""Waiting with a limit: nothing here may hang."""
import time


def until(is_done, seconds, what):
    """Waits until is_done() gives something true, which it returns."""
    last = time.monotonic() + seconds
    while True:
        result = is_done()
        if result:
            return result
        if time.monotonic() > last:
            raise TimeoutError(f"{what} did not happen within {seconds} seconds")
        time.sleep(0.02)
