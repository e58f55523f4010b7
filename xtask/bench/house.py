"""Where benchmarks keep their things, and on what machine they run."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ["duckdb==2.0.0", "chdb==4.4.0", "polars==2.1.0", "pyarrow==26.0.1", "numpy==2.4.6"]
CORES = 2
DOCS = Path(__file__).resolve().parents[2] / "docs" / "bench"


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def environment(cache, packages=PACKAGES, name="venv"):
    """The Python of a virtual environment that has the other contenders."""
    folder = cache / name
    python = folder / "bin" / "python"
    stamp = folder / "packages.txt"
    if not stamp.exists() or stamp.read_text().split("\n") != packages:
        say(f"installing {' '.join(packages)} into {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
        stamp.write_text("\n".join(packages))
    return python


def two_cores():
    """Binds this process, and all that it starts, to the same two cores."""
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    os.sched_setaffinity(0, cores)
    return f"{cpu()}, {len(cores)} cores, {platform.system()} {platform.release()}"


def warm(*files):
    """Reads files once, so that they lie in the system's file cache."""
    for file in files:
        with open(file, "rb") as reader:
            while reader.read(1 << 24):
                pass


def cpu():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()
