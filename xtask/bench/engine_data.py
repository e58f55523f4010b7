"""The events of `cargo xtask bench engine`: made once, kept in the cache, and cut in the ways the benchmark needs.

A customer has 50 events on average, some many more (log-normal); the 30 names are drawn by Zipf's law; the times are
milliseconds in 90 days, and no customer has two events at the same time, so that "what came next" has one answer in every
system. Whoever changes what comes out of `generate` counts VERSION up, and everything in the cache is made anew.
"""

import shutil
from pathlib import Path

from house import CORES, say

VERSION = 1
DAYS = 90
EVENTS_PER_CUSTOMER = 50
BEGIN_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z, a Thursday
MONDAY_MS = BEGIN_MS - 3 * 86_400_000
WEEK_MS = 7 * 86_400_000
WEEKS = 14
# Between the beginnings of two customers when all of them are placed on one line of time: no window reaches across.
LINE = 1 << 34
FILE_ROWS_MAX = 50_000_000
NAMES = (
    "Page Viewed|Product Viewed|Product List Viewed|Products Searched|Product Added|Email Opened|Push Received|Cart Viewed|Ad Clicked|"
    "Checkout Started|App Opened|Product Removed|Wishlist Added|Payment Info Entered|Order Completed|Email Clicked|Store Visited|Coupon Applied|"
    "Review Read|Signed In|Parcel Delivered|Support Chat Started|Newsletter Subscribed|Survey Answered|Loyalty Points Used|Product Shared|"
    "Order Refunded|Call Received|Review Written|Friend Referred"
).split("|")
LATE_FILES = 4


class Data:
    """The folder of one data set."""

    def __init__(self, cache, rows):
        self.rows = rows
        self.folder = Path(cache) / f"engine-{VERSION}" / str(rows)

    def events(self):
        """Files of events as systems export them, in order of time; each has customers of its own."""
        return [self.folder / f"events-{number:02}.parquet" for number in range(-(-self.rows // FILE_ROWS_MAX))]

    @property
    def sorted(self):
        """All events in one file, by customer and time: what the others read as Parquet."""
        return self.folder / "sorted.parquet"

    @property
    def clickhouse(self):
        return self.folder / "clickhouse"

    @property
    def duckdb(self):
        return self.folder / "events.duckdb"

    def links(self, percent):
        """Pairs of ids that turn out to be one customer: so many per cent of the customers are somebody else's second id."""
        return self.folder / f"links-{percent}.parquet"

    def on_time(self):
        return self.folder / "on-time.parquet"

    def late(self):
        """One event in five, in files that come later."""
        return [self.folder / f"late-{number}.parquet" for number in range(LATE_FILES)]

    def lake(self, name):
        return self.folder / "lakes" / name


def once(target, make):
    """Makes a file or folder unless it is there; what was interrupted is made anew."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".unfinished")
    shutil.rmtree(unfinished) if unfinished.is_dir() else unfinished.unlink(missing_ok=True)
    say(f"making {target}")
    make(unfinished)
    unfinished.rename(target)


def make(what, cache, rows):
    """Makes a part of a data set ("events 3": only that file); runs in a process of its own, with the packages of the virtual environment."""
    data = Data(cache, int(rows))
    what, _, one = what.partition(" ")
    if what == "events":
        for number, file in enumerate(data.events()):
            if one and number != int(one):
                continue
            left = min(FILE_ROWS_MAX, data.rows - number * FILE_ROWS_MAX)
            once(file, lambda out: generate(out, left, number))
    elif what == "sorted":
        once(data.sorted, lambda out: sort(data, out))
    elif what == "clickhouse":
        once(data.clickhouse, lambda out: clickhouse(data, out))
    elif what == "duckdb":
        once(data.duckdb, lambda out: duckdb(data, out))
    elif what == "links":
        for percent in (1, 10):
            once(data.links(percent), lambda out: links(data, percent, out))
    elif what == "late":
        for file, share in [(data.on_time(), "g >= 4"), *((file, f"g = {number}") for number, file in enumerate(data.late()))]:
            once(file, lambda out: cut(data, share, out))


def customers(rows):
    return max(rows // EVENTS_PER_CUSTOMER, 1)


def generate(out, rows, number):
    """Events in order of time."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet

    dice = np.random.Generator(np.random.PCG64([20260301, number]))
    n_customers = customers(rows)
    first_customer = 1_000_000 + number * customers(FILE_ROWS_MAX)
    activity = np.cumsum(dice.lognormal(0, 1, n_customers))
    activity /= activity[-1]
    weights = np.cumsum(1 / np.arange(1, len(NAMES) + 1) ** 1.1)
    weights /= weights[-1]
    schema = pa.schema([("customer_id", pa.int64()), ("time", pa.timestamp("ms")), ("event", pa.string())])
    span = DAYS * 86_400_000
    with pa.parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for first in range(0, rows, 1_000_000):
            n = min(1_000_000, rows - first)
            start, end = (span * edge // rows for edge in (first, first + n))
            # Adding 0, 1, 2, ... makes ascending numbers different from each other.
            times = np.sort(dice.integers(start, end - n, n)) + np.arange(n) + BEGIN_MS
            who = np.minimum(np.searchsorted(activity, dice.random(n)), n_customers - 1) + first_customer
            what = np.minimum(np.searchsorted(weights, dice.random(n)), len(NAMES) - 1)
            names = pa.DictionaryArray.from_arrays(pa.array(what.astype(np.int32)), NAMES).cast(pa.string())
            writer.write_batch(pa.record_batch([pa.array(who), pa.array(times).cast(pa.timestamp("ms")), names], schema=schema))


def database(path=":memory:"):
    import duckdb

    return duckdb.connect(str(path), config={"threads": CORES, "preserve_insertion_order": True})


def listed(files):
    return "[" + ", ".join(f"'{file}'" for file in files) + "]"


def sort(data, out):
    database().execute(
        f"COPY (SELECT customer_id, time::TIMESTAMP_MS AS time, event FROM read_parquet({listed(data.events())}) ORDER BY customer_id, time) "
        f"TO '{out}' (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 500000)"
    )


def duckdb(data, out):
    names = ", ".join(f"'{name}'" for name in NAMES)
    there = database(out)
    there.execute(f"CREATE TYPE name AS ENUM ({names})")
    there.execute(f"CREATE TABLE events AS SELECT customer_id, time, event::name AS event FROM read_parquet('{data.sorted}')")
    there.execute("CHECKPOINT")
    there.close()


def clickhouse(data, out):
    from chdb import session

    out.mkdir()
    there = session.Session(str(out))
    names = ", ".join(f"'{name}' = {number}" for number, name in enumerate(NAMES))
    there.query("CREATE DATABASE bench ENGINE = Atomic")
    there.query(
        f"CREATE TABLE bench.events (customer_id Int64, time DateTime64(3, 'UTC'), event Enum8({names})) "
        "ENGINE = MergeTree ORDER BY (customer_id, time)"
    )
    there.query(f"INSERT INTO bench.events SELECT * FROM file('{data.sorted}', 'Parquet') SETTINGS max_threads = {CORES}")
    there.query("OPTIMIZE TABLE bench.events FINAL")
    there.close()


def links(data, percent, out):
    """Every customer is in one pair at most; the pairs of 1 % are the first of those of 10 %."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet

    ids = []
    for number in range(len(data.events())):
        left = min(FILE_ROWS_MAX, data.rows - number * FILE_ROWS_MAX)
        ids.append(np.arange(customers(left)) + 1_000_000 + number * customers(FILE_ROWS_MAX))
    ids = np.random.Generator(np.random.PCG64(20260302)).permutation(np.concatenate(ids))
    most = len(ids) // 10
    n = len(ids) * percent // 100
    pa.parquet.write_table(pa.table({"alias": ids[:n], "customer_id": ids[most : most + n]}), out)


def cut(data, share, out):
    database().execute(
        f"COPY (SELECT customer_id, time, event FROM (SELECT *, hash(customer_id, time) % {LATE_FILES * 5} AS g "
        f"FROM read_parquet({listed(data.events())})) WHERE {share}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)"
    )
