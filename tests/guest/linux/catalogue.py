# SPDX-License-Identifier: BSD-3-Clause
"""The list of cases, which the files in cases/ fill."""
import dataclasses
import typing


@dataclasses.dataclass
class Case:
    name: str
    purpose: str
    run: typing.Callable
    cache: str
    needs_window: bool


CASES = []


def case(name, cache="64M", needs_window=False):
    """Adds a function to the list; the first line of its description says what for."""
    def add(function):
        CASES.append(Case(name, function.__doc__.splitlines()[0], function, cache, needs_window))
        return function
    return add
