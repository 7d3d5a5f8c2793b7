# SPDX-License-Identifier: BSD-3-Clause
"""The files of the project, as git knows them or, without git, as they lie there."""
import pathlib
import subprocess


def is_project_file(relative):
    top = relative.parts[0]
    return not (top.startswith("build") or top in (".git", "subprojects")
                or "__pycache__" in relative.parts)


def listed_by_git(root):
    command = ["git", "-C", str(root), "-c", f"safe.directory={root}", "ls-files", "-z",
               "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.check_output(command, stderr=subprocess.DEVNULL, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [pathlib.Path(name) for name in listing.split("\0") if name]


def project_files(root):
    """Paths below root, sorted; deleted files and build folders left out."""
    root = pathlib.Path(root)
    relatives = listed_by_git(root)
    if relatives is None:
        relatives = [path.relative_to(root) for path in root.rglob("*")]
    return sorted({root / relative for relative in relatives
                   if is_project_file(relative) and (root / relative).is_file()})
