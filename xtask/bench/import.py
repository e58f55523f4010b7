"""Loads the same events into Periplus, ClickHouse and DuckDB, and compares time and memory.

Started by `cargo xtask bench import`. Every contender is a process of its own on the same two cores and loads the same
file, which lies in the system's file cache, into a fresh folder; they take turns, round by round, so that a slow minute
of the machine hits all of them. For Periplus the whole process is timed, for the others only the work: not the start of
Python. Whoever ends up with other rows than were generated is disqualified.

This file plays all parts: the referee (below `main`), which must stay small because a child's peak memory is never less
than its parent's, and, called again with `--part`, the generator, the contenders, and the counter.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from house import CORES, DOCS, PACKAGES, environment, say, two_cores, warm

HERE = Path(__file__).resolve()
CONTENDERS = ["Periplus", "ClickHouse", "DuckDB"]


# The referee.


def main():
    parser = argparse.ArgumentParser(prog="cargo xtask bench import")
    parser.add_argument("--rows", type=int, default=20_000_000, help="events in the file")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender loads each file")
    parser.add_argument("--formats", default="parquet,csv", help="which files to load")
    parser.add_argument("--write", action="store_true", help="record the result in docs/bench/")
    parser.add_argument("--periplus", type=Path, help="the program; without it only the others run")
    parser.add_argument("--cache", type=Path, required=True, help="where data, packages and fresh folders go")
    options = parser.parse_args()
    if options.rows < 1000 or options.rounds < 1:
        sys.exit("at least 1000 rows and one round, please")

    machine = two_cores()
    python = environment(options.cache)
    contenders = [name for name in CONTENDERS if name != "Periplus" or options.periplus]
    results = {}
    for kind in options.formats.split(","):
        file = data(options.cache, options.rows, kind, python)
        truth = json.loads(file.with_suffix(".truth.json").read_text())
        runs = {name: [] for name in contenders}
        for turn in range(options.rounds):
            for name in contenders:
                run = measure(name, file, options, python)
                if run["rows"] != truth["rows"] or abs(run["cents"] - truth["cents"]) > 1:
                    sys.exit(f"{name} has {run['rows']} rows worth {run['cents']} cents instead of {truth['rows']} worth {truth['cents']}")
                runs[name].append(run)
                say(f"{kind}, round {turn + 1}: {name} {run['seconds']:.1f} s, {run['peak_mib']:.0f} MiB")
        results[kind] = {"bytes": file.stat().st_size, "runs": runs}

    table = markdown(results, options.rows, options.rounds)
    print(f"\n{machine}\n\n{table}")
    if options.write:
        record(results, options, machine, table)


def data(cache, rows, kind, python):
    """The file of events, made once."""
    file = cache / f"events-{rows}.{kind}"
    if not file.with_suffix(".truth.json").exists() or not file.exists():
        say(f"generating {rows:,} events as Parquet and CSV in {cache}")
        subprocess.run([python, HERE, "--part", "generate", str(rows), str(cache / f"events-{rows}")], check=True)
    return file


def measure(name, file, options, python):
    """One contender loads one file."""
    fresh = options.cache / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    warm(file)
    if name == "Periplus":
        command = [options.periplus, "import", file, "--mapping", HERE.with_name("events.toml"), "--data", fresh / "data"]
    else:
        command = [python, HERE, "--part", name, file, fresh]
    output = options.cache / "output.txt"
    start = time.monotonic()
    with open(output, "wb") as out:
        child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    said = output.read_text(errors="replace")
    if child.returncode != 0:
        sys.exit(f"{name} failed with exit code {child.returncode}:\n{said}")
    run = {"seconds": seconds, "peak_mib": usage.ru_maxrss / 1024, "cpu_seconds": usage.ru_utime + usage.ru_stime}
    if name == "Periplus":
        counted = subprocess.run([python, HERE, "--part", "count", fresh / "data"], check=True, capture_output=True, text=True)
        said = counted.stdout
    run |= json.loads(said.strip().splitlines()[-1])
    shutil.rmtree(fresh)
    return run


def markdown(results, rows, rounds):
    lines = [
        f"Median of {rounds} rounds, {rows:,} events; ratios are medians of the rounds' ratios.",
        "",
        "| file | contender | seconds | rows/s | peak memory | Periplus takes |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for kind, result in results.items():
        size = f"{kind}, {result['bytes'] / 1e6:,.0f} MB"
        for name, runs in result["runs"].items():
            seconds = statistics.median(run["seconds"] for run in runs)
            peak = max(run["peak_mib"] for run in runs)
            ratio = ""
            if name != "Periplus" and "Periplus" in result["runs"]:
                pairs = zip(result["runs"]["Periplus"], runs)
                ratio = f"{statistics.median(ours['seconds'] / theirs['seconds'] for ours, theirs in pairs):.2f} times as long"
            lines.append(f"| {size} | {name} | {seconds:.1f} | {rows / seconds:,.0f} | {peak:,.0f} MiB | {ratio} |")
    return "\n".join(lines) + "\n"


def record(results, options, machine, table):
    DOCS.mkdir(parents=True, exist_ok=True)
    versions = {package.split("==")[0]: package for package in PACKAGES}
    story = f"""# Import

`cargo xtask bench import` loads the same events into Periplus, into ClickHouse (a MergeTree ordered by customer and time,
through {versions["chdb"]}) and into DuckDB (a table in a file, created in that order, {versions["duckdb"]}), in turns, on the same
two cores. Periplus also gives every row its id, finds duplicates and stitches; the others only sort and store. ClickHouse
is done when its parts are sorted, before it merges them. For Periplus the whole process counts, for the others not the
start of Python. Peak memory is the highest of all rounds.

{machine}; {time.strftime("%Y-%m-%d", time.gmtime())}.

{table}"""
    (DOCS / "import.md").write_text(story)
    written = {"machine": machine, "rows": options.rows, "packages": PACKAGES, "results": results}
    (DOCS / "import.json").write_text(json.dumps(written, indent=1) + "\n")
    say(f"recorded in {DOCS / 'import.md'}")


# The generator.

CUSTOMERS = 1_000_000
DAYS = 90
EVENTS = (
    "Page Viewed|Product Viewed|Product List Viewed|Products Searched|Product Added|Email Opened|Push Received|Cart Viewed|Ad Clicked|"
    "Checkout Started|App Opened|Product Removed|Wishlist Added|Payment Info Entered|Order Completed|Email Clicked|Store Visited|Coupon Applied|"
    "Review Read|Signed In|Parcel Delivered|Support Chat Started|Newsletter Subscribed|Survey Answered|Loyalty Points Used|Product Shared|"
    "Order Refunded|Call Received|Review Written|Friend Referred"
).split("|")
CHANNELS = ["web", "app", "email", "store", "social", "call centre"]


def generate(rows, stem):
    """Events in order of time, as systems export them; some customers come more often than others."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    dice = np.random.Generator(np.random.PCG64(20260301))
    begin = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
    weights = 1 / np.arange(1, len(EVENTS) + 1) ** 1.1
    weights /= weights.sum()
    schema = pa.schema([
        ("customer_id", pa.int64()),
        ("time", pa.timestamp("us")),
        ("event", pa.string()),
        ("channel", pa.string()),
        ("price", pa.float64()),
        ("page", pa.string()),
    ])
    stem = Path(stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    parquet, table = Path(f"{stem}.parquet"), Path(f"{stem}.csv")
    truth = {"rows": rows, "cents": 0}
    with pa.parquet.ParquetWriter(parquet, schema) as parquet_out, pa.csv.CSVWriter(table, schema) as csv_out:
        for first in range(0, rows, 1_000_000):
            n = min(1_000_000, rows - first)
            span = DAYS * 86_400_000_000 * n // rows
            start = begin + DAYS * 86_400_000_000 * first // rows
            times = np.sort(dice.integers(0, span, n)) + start
            # The square makes one in ten customers cause three events in ten; the multiplication scatters the ids.
            rank = (dice.random(n) ** 2 * CUSTOMERS).astype(np.int64)
            customers = 1_000_000 + rank * 7_919 % CUSTOMERS
            events = dice.choice(len(EVENTS), n, p=weights)
            channels = dice.choice(len(CHANNELS), n, p=[0.45, 0.3, 0.12, 0.06, 0.05, 0.02])
            cents = dice.integers(99, 30_000, n)
            no_price = dice.random(n) < 0.6
            products = (dice.random(n) ** 3 * 20_000).astype(np.int64)
            truth["cents"] += int(cents[~no_price].sum())
            columns = [
                pa.array(customers),
                pa.array(times).cast(pa.timestamp("us")),
                pa.DictionaryArray.from_arrays(pa.array(events), EVENTS).cast(pa.string()),
                pa.DictionaryArray.from_arrays(pa.array(channels), CHANNELS).cast(pa.string()),
                pa.array(cents / 100, mask=no_price),
                pa.array([f"/category/{product % 50}/product/{product}" for product in products.tolist()]),
            ]
            batch = pa.record_batch(columns, schema=schema)
            parquet_out.write_batch(batch)
            csv_out.write_batch(batch)
    Path(f"{stem}.truth.json").write_text(json.dumps(truth))


# The contenders.


def clickhouse(file, folder):
    from chdb import session

    start = time.monotonic()
    database = session.Session(str(Path(folder) / "clickhouse"))
    structure = (
        "customer_id Int64, time DateTime64(6, 'UTC'), event LowCardinality(String), "
        "channel LowCardinality(String), price Nullable(Float64), page String"
    )
    kind = "Parquet" if file.endswith(".parquet") else "CSVWithNames"
    database.query("CREATE DATABASE bench ENGINE = Atomic")
    database.query(f"CREATE TABLE bench.events ({structure}) ENGINE = MergeTree ORDER BY (customer_id, time)")
    quoted = structure.replace("'", "\\'")
    settings = f"max_threads = {CORES}, max_insert_threads = {CORES}"
    database.query(f"INSERT INTO bench.events SELECT * FROM file('{file}', '{kind}', '{quoted}') SETTINGS {settings}")
    seconds = time.monotonic() - start
    rows, cents = str(database.query("SELECT count(), round(sum(price) * 100) FROM bench.events", "CSV")).strip().split(",")
    return {"seconds": seconds, "rows": int(rows), "cents": round(float(cents))}


def duckdb(file, folder):
    import duckdb

    start = time.monotonic()
    database = duckdb.connect(str(Path(folder) / "events.duckdb"), config={"threads": CORES})
    read = "read_parquet" if file.endswith(".parquet") else "read_csv"
    database.execute(f"CREATE TABLE events AS SELECT * FROM {read}('{file}') ORDER BY customer_id, time")
    database.execute("CHECKPOINT")
    seconds = time.monotonic() - start
    rows, cents = database.execute("SELECT count(*), round(sum(price) * 100) FROM events").fetchone()
    return {"seconds": seconds, "rows": rows, "cents": round(cents)}


def count(folder):
    """What Periplus stored, by somebody else's reader: its parts are plain Parquet files."""
    import pyarrow.compute
    import pyarrow.parquet

    rows = cents = 0
    for part in Path(folder).glob("**/events/**/*.parquet"):
        amounts = pyarrow.parquet.read_table(part, columns=["amount"], partitioning=None)["amount"]
        rows += len(amounts)
        cents += (pyarrow.compute.sum(amounts).as_py() or 0) / 10_000
    return {"rows": rows, "cents": round(cents)}


def play(part, arguments):
    parts = {"generate": lambda rows, stem: generate(int(rows), stem), "ClickHouse": clickhouse, "DuckDB": duckdb, "count": count}
    answer = parts[part](*arguments)
    if answer:
        print(json.dumps(answer))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        play(sys.argv[2], sys.argv[3:])
    else:
        main()
