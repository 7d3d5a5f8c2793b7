# SPDX-License-Identifier: BSD-3-Clause
"""Compiling pieces of C against the headers, for checks that want to know what a compiler says."""
import subprocess


def glib_flags():
    """What GLib's headers need; warnings in them are not ours."""
    flags = subprocess.check_output(["pkg-config", "--cflags", "glib-2.0"], text=True).split()
    return [flag.replace("-I", "-isystem", 1) for flag in flags]


def compiler_output(compiler, flags, text, language="c"):
    """Whether text compiles with these flags, and what was said about it."""
    command = [*compiler, "-fsyntax-only", *flags, *glib_flags(), "-x", language, "-"]
    result = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    return result.returncode == 0, result.stdout
