#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""daxwin-bench runs all it lists and writes complete JSON. No figure is judged."""
import json
import pathlib
import subprocess
import sys
import tempfile

FAMILIES = {"pair": 4, "page": 1, "replace": 1, "batch-contiguous": 2, "batch-scattered": 3,
            "clear": 1, "lookup": 1, "foreach": 1, "transfer": 6, "serve": 6, "threads": 1,
            "create": 3, "recordings": 4}  # how many entries each workload has, if not skipped


def complaints(report, listed):
    if listed - FAMILIES.keys() != {"first-read"}:
        yield f"listed: {sorted(listed)}"
    if not report["is_quick"] or not report["null"]["median"] > 0:
        yield "the null contender says nothing"
    wanted = sum(FAMILIES.values())
    first_reads = [entry for entry in report["workloads"] if entry["name"].startswith("first-read")]
    if len(report["workloads"]) != wanted + len(first_reads):
        yield f"{len(report['workloads'])} entries instead of {wanted} and those of first-read"
    if len(first_reads) + len(report["skipped"]) != 2:
        yield "first-read is neither measured nor skipped"
    for entry in report["workloads"]:
        yield from complaints_about(entry)


def complaints_about(entry):
    if not entry["figures"]:
        yield f"{entry['name']} has no figures"
    for value in entry["durations"] + entry["figures"]:
        if not value["low"] <= value["median"] <= value["high"]:
            yield f"{entry['name']} has quartiles out of order: {value}"


bench = sys.argv[1]
names = subprocess.check_output([bench, "--list"], text=True)
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "report.json"
    subprocess.run([bench, "--quick", "--json", str(path)], check=True, stdout=subprocess.DEVNULL)
    whole = json.loads(path.read_text())
sys.exit("\n".join(complaints(whole, {line.split()[0] for line in names.splitlines()})) or 0)
