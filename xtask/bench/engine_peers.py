"""How ClickHouse, DuckDB and Polars are asked the questions of `cargo xtask bench engine`: every formulation that was
thought of, each with a name. The referee tries all of them and lets the fastest run.

Started once per system, this is a process that reads a wish per line and answers with rows and seconds. To try another
formulation: add it below; if its rows are wrong, the benchmark says so. SQL finds the events as `events`, a table or a
Parquet file sorted by customer and time.
"""

import json
import os
import sys
import time

from engine_data import BEGIN_MS, NAMES, Data, database
from engine_questions import FUNNELS, PATH_LENGTH, PATHS_ASKED, SEQUENCE, WINDOW_MS, canonical
from house import CORES

MONDAY_MS = BEGIN_MS - 3 * 86_400_000
WEEK_MS = 7 * 86_400_000
WEEKS = 14
# Places all customers on one line, far enough apart that no window reaches from one to the next.
LINE = 1 << 34


def one_of(names):
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


def week_start(week):
    return time.strftime("%Y-%m-%d", time.gmtime((MONDAY_MS + week * WEEK_MS) / 1000))


# ClickHouse.


def clickhouse_funnel(steps):
    def sql(where, settings=""):
        conditions = ", ".join(f"event = '{name}'" for name in steps)
        reached = ", ".join(f"({n}, countIf(level >= {n}))" for n in range(1, len(steps) + 1))
        return (
            f"WITH reached AS (SELECT arrayJoin([{reached}]) AS r FROM (SELECT windowFunnel({WINDOW_MS})(toUInt64(toUnixTimestamp64Milli(time)), "
            f"{conditions}) AS level FROM events {where} GROUP BY customer_id)) SELECT r.1, r.2 FROM reached{settings}"
        )

    only = f"WHERE event IN {one_of(steps)}"
    in_order = " SETTINGS optimize_aggregation_in_order = 1"
    return {
        "windowFunnel": sql(""),
        "windowFunnel, in order": sql("", in_order),
        "windowFunnel, WHERE event IN": sql(only),
        "windowFunnel, WHERE event IN, in order": sql(only, in_order),
    }


def clickhouse_transitions():
    code = "toUInt16(toUInt8(event::Enum8({})))".format(", ".join(f"'{name}' = {n}" for n, name in enumerate(NAMES)))
    names = "[" + ", ".join(f"'{name}'" for name in NAMES) + "]"

    def named(pairs, settings=""):
        return f"SELECT {names}[intDiv(pair, 32) + 1], {names}[pair % 32 + 1], n FROM (SELECT pair, count() AS n FROM ({pairs}) GROUP BY pair){settings}"

    in_order = " SETTINGS optimize_aggregation_in_order = 1"
    sorted_list = f"arraySort(x -> x.1, groupArray((time, {code})))"
    plain_list = f"groupArray({code})"
    zipped = "arrayJoin(arrayMap((x, y) -> x * 32 + y, arrayPopBack(a), arrayPopFront(a))) AS pair"
    lag = "lagInFrame({}, 1) OVER (PARTITION BY customer_id ORDER BY time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
    line = "lagInFrame({}) OVER (ORDER BY customer_id, time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
    return {
        "lagInFrame": (
            "SELECT before, event, count() FROM (SELECT toString(event) AS event, lagInFrame(toNullable(toString(event))) OVER "
            "(PARTITION BY customer_id ORDER BY time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before FROM events) "
            "WHERE before IS NOT NULL GROUP BY before, event"
        ),
        "lagInFrame, codes": named(
            f"SELECT before * 32 + code - 32 AS pair FROM (SELECT {code} AS code, {lag.format(code + ' + 1')} AS before FROM events) WHERE before > 0"
        ),
        "lagInFrame over all customers, codes": named(
            f"SELECT before * 32 + code AS pair FROM (SELECT {code} AS code, {line.format(code)} AS before, customer_id, "
            f"{line.format('customer_id')} AS customer_before FROM events) WHERE customer_id = customer_before"
        ),
        "arrays, sorted": named(f"SELECT {zipped} FROM (SELECT arrayMap(x -> x.2, {sorted_list}) AS a FROM events GROUP BY customer_id)"),
        "arrays, sorted, in order": named(
            f"SELECT {zipped} FROM (SELECT arrayMap(x -> x.2, {sorted_list}) AS a FROM events GROUP BY customer_id)", in_order
        ),
        "arrays, as read, in order": named(
            f"SELECT {zipped} FROM (SELECT {plain_list} AS a FROM (SELECT customer_id, event FROM events ORDER BY customer_id, time) "
            f"GROUP BY customer_id)",
            in_order,
        ),
    }


def clickhouse_retention():
    week = f"intDiv(toUnixTimestamp64Milli(time) - {MONDAY_MS}, {WEEK_MS})"
    expand = (
        "SELECT cohort, week - cohort, sum(n) FROM (SELECT n, arrayJoin(bitPositionsToArray(weeks)) AS week, "
        "bitPositionsToArray(weeks)[1] AS cohort FROM (SELECT weeks, count() AS n FROM ({}) GROUP BY weeks)) GROUP BY 1, 2{}"
    )
    masks = f"SELECT groupBitOr(bitShiftLeft(toUInt32(1), toUInt8({week}))) AS weeks FROM events GROUP BY customer_id"
    return {
        "bits of weeks": expand.format(masks, ""),
        "bits of weeks, in order": expand.format(masks, " SETTINGS optimize_aggregation_in_order = 1"),
        "distinct weeks, joined with the first": (
            f"WITH weeks AS (SELECT DISTINCT customer_id, {week} AS week FROM events) "
            "SELECT cohort, week - cohort, count() FROM weeks JOIN (SELECT customer_id, min(week) AS cohort FROM weeks GROUP BY customer_id) "
            "AS first USING customer_id GROUP BY 1, 2"
        ),
        "groupUniqArray": (
            f"SELECT arrayMin(weeks) AS cohort, arrayJoin(weeks) - cohort AS after, count() FROM (SELECT groupUniqArray({week}) AS weeks "
            "FROM events GROUP BY customer_id) GROUP BY 1, 2"
        ),
    }


def clickhouse_customers():
    code = "toUInt8(event::Enum8({}))".format(", ".join(f"'{name}' = {n}" for n, name in enumerate(NAMES)))
    names = "[" + ", ".join(f"'{name}'" for name in NAMES) + "]"
    masks = (
        f"SELECT {names}[code + 1], n FROM (SELECT arrayJoin(bitPositionsToArray(mask)) AS code, sum(m) AS n FROM (SELECT mask, count() AS m FROM "
        f"(SELECT groupBitOr(bitShiftLeft(toUInt32(1), {code})) AS mask FROM events GROUP BY customer_id) GROUP BY mask) GROUP BY code)"
    )
    return {
        "uniqExact": "SELECT toString(event), uniqExact(customer_id) FROM events GROUP BY event",
        "groupBitmap": "SELECT toString(event), groupBitmap(toUInt32(customer_id)) FROM events GROUP BY event",
        "DISTINCT": "SELECT toString(event), count() FROM (SELECT DISTINCT event, customer_id FROM events) GROUP BY event",
        "bits of events": masks,
        "bits of events, in order": masks + " SETTINGS optimize_aggregation_in_order = 1",
    }


def clickhouse_sequence():
    ms = "toUInt64(toUnixTimestamp64Milli(time))"
    only = f"WHERE event IN {one_of(SEQUENCE)}"
    conditions = ", ".join(f"event = '{name}'" for name in SEQUENCE)
    step = "toUInt32(multiIf({}, 2))".format(", ".join(f"event = '{name}', {n}" for n, name in enumerate(SEQUENCE[:-1])))
    letter = "multiIf({}, 'c')".format(", ".join(f"event = '{name}', '{'ab'[n]}'" for n, name in enumerate(SEQUENCE[:-1])))
    count = f"sequenceCount('(?1).*(?2).*(?3)')({ms}, {conditions})"
    outer = "SELECT sum(n), countIf(n > 0) FROM ({}){}"
    ordered = "arrayMap(x -> x.2, arraySort(x -> x.1, groupArray((time, {}))))"
    return {
        "sequenceCount": outer.format(f"SELECT {count} AS n FROM events GROUP BY customer_id", ""),
        "sequenceCount, WHERE event IN": outer.format(f"SELECT {count} AS n FROM events {only} GROUP BY customer_id", ""),
        "sequenceCount, WHERE event IN, in order": outer.format(
            f"SELECT {count} AS n FROM events {only} GROUP BY customer_id", " SETTINGS optimize_aggregation_in_order = 1"
        ),
        "arrayFold": outer.format(
            f"SELECT intDiv(arrayFold((done, x) -> done + toUInt64(x = done % 3), {ordered.format(step)}, toUInt64(0)), 3) AS n "
            f"FROM events {only} GROUP BY customer_id",
            "",
        ),
        "regular expression": outer.format(
            f"SELECT countMatches(arrayStringConcat({ordered.format(letter)}), 'a[^b]*b[^c]*c') AS n FROM events {only} GROUP BY customer_id", ""
        ),
        "regular expression, as read, in order": outer.format(
            f"SELECT countMatches(arrayStringConcat(groupArray({letter})), 'a[^b]*b[^c]*c') AS n FROM (SELECT customer_id, event FROM events {only} "
            "ORDER BY customer_id, time) GROUP BY customer_id",
            " SETTINGS optimize_aggregation_in_order = 1",
        ),
    }


def clickhouse_paths():
    top = f"SELECT arrayStringConcat(arrayMap(x -> toString(x), steps), ' > '), count() AS n FROM ({{}}) GROUP BY steps ORDER BY n DESC LIMIT {PATHS_ASKED}{{}}"
    in_order = " SETTINGS optimize_aggregation_in_order = 1"
    heap = f"SELECT arrayMap(x -> x.2, groupArraySorted({PATH_LENGTH})((time, event))) AS steps FROM events GROUP BY customer_id"
    return {
        "groupArraySorted": top.format(heap, ""),
        "groupArraySorted, in order": top.format(heap, in_order),
        "LIMIT BY": top.format(
            f"SELECT groupArray(event) AS steps FROM (SELECT customer_id, event FROM events ORDER BY customer_id, time LIMIT {PATH_LENGTH} BY customer_id) "
            "GROUP BY customer_id",
            in_order,
        ),
        "arrays, as read, in order": top.format(
            f"SELECT groupArray({PATH_LENGTH})(event) AS steps FROM (SELECT customer_id, event FROM events ORDER BY customer_id, time) GROUP BY customer_id",
            in_order,
        ),
        "arrays, sorted": top.format(
            f"SELECT arrayMap(x -> x.2, arraySlice(arraySort(x -> x.1, groupArray((time, event))), 1, {PATH_LENGTH})) AS steps FROM events "
            "GROUP BY customer_id",
            "",
        ),
    }


CLICKHOUSE = {
    **{name: clickhouse_funnel(steps) for name, steps in FUNNELS.items()},
    "transitions": clickhouse_transitions(),
    "retention": clickhouse_retention(),
    "customers": clickhouse_customers(),
    "sequence": clickhouse_sequence(),
    "paths": clickhouse_paths(),
}


# DuckDB.

MS = "epoch_ms(time)"
# Windows over rows as they are stored run on one thread. Two of them, on half of the customers each and put together by
# UNION ALL, were not faster and sometimes wrong: the rows arrive in another order.


def duckdb_funnel(steps):
    counts = " UNION ALL ".join(f"SELECT {n + 1}, count(DISTINCT customer_id) FROM s{n}" for n in range(len(steps)))
    chain = [f"s0 AS (SELECT customer_id, time, time AS start FROM events WHERE event = '{steps[0]}')"]
    for n, name in enumerate(steps[1:], 1):
        chain.append(
            f"s{n} AS (SELECT e.customer_id, e.time, b.start FROM (SELECT customer_id, time FROM events WHERE event = '{name}') e ASOF JOIN s{n - 1} b "
            f"ON e.customer_id = b.customer_id AND e.time >= b.time WHERE e.time - b.start <= INTERVAL {WINDOW_MS} MILLISECONDS)"
        )

    def window(over, key):
        layers = f"SELECT customer_id, event, time, {key} AS t FROM events WHERE event IN {one_of(steps)}"
        layers = f"SELECT *, CASE WHEN event = '{steps[0]}' THEN t END AS x0 FROM ({layers})"
        for n, name in enumerate(steps[1:], 1):
            layers = f"SELECT *, max(x{n - 1}) OVER ({over} ROWS UNBOUNDED PRECEDING) AS l{n - 1} FROM ({layers})"
            layers = f"SELECT *, CASE WHEN event = '{name}' AND t - l{n - 1} <= {WINDOW_MS} THEN l{n - 1} END AS x{n} FROM ({layers})"
        reached = ", ".join(f"bool_or(x{n} IS NOT NULL) AS r{n}" for n in range(len(steps)))
        totals = ", ".join(f"count(*) FILTER (r{n})" for n in range(len(steps)))
        return f"SELECT unnest(range(1, {len(steps) + 1})), unnest([{totals}]) FROM (SELECT {reached} FROM ({layers}) GROUP BY customer_id)"

    line = f"customer_id * {LINE} + {MS} - {BEGIN_MS}"
    return {
        "chained ASOF JOIN": f"WITH {', '.join(chain)} {counts}",
        "chained ASOF JOIN, materialized": f"WITH {', '.join(chain).replace(' AS (SELECT', ' AS MATERIALIZED (SELECT')} {counts}",
        "max() OVER (PARTITION BY customer)": window("PARTITION BY customer_id ORDER BY time", MS),
        "max() OVER (as stored)": window("", line),
    }


def duckdb_transitions():
    return {
        "lag() OVER (PARTITION BY customer)": (
            "SELECT before, event, count(*) FROM (SELECT event, lag(event) OVER (PARTITION BY customer_id ORDER BY time) AS before FROM events) "
            "WHERE before IS NOT NULL GROUP BY before, event"
        ),
        "lag() OVER (as stored)": (
            "SELECT before, event, count(*) FROM (SELECT event, lag(event) OVER () AS before, customer_id, lag(customer_id) OVER () AS customer_before "
            "FROM events) WHERE customer_id = customer_before GROUP BY before, event"
        ),
        "lists": (
            "SELECT p[1], p[2], count(*) FROM (SELECT unnest(list_zip(l[:-2], l[2:])) AS p FROM "
            "(SELECT list(event ORDER BY time) AS l FROM events GROUP BY customer_id)) GROUP BY ALL"
        ),
    }


def duckdb_retention():
    week = f"({MS} - {MONDAY_MS}) // {WEEK_MS}"

    def bits(source):
        return (
            "SELECT cohort, week - cohort, sum(n)::BIGINT FROM (SELECT n, week, bit_count((weeks & -weeks) - 1) AS cohort FROM "
            f"(SELECT weeks, count(*) AS n FROM (SELECT bit_or(1 << week::INTEGER) AS weeks FROM ({source}) GROUP BY customer_id) GROUP BY weeks), "
            f"range({WEEKS}) AS r(week) WHERE weeks >> week::INTEGER & 1 = 1) GROUP BY 1, 2"
        )

    return {
        "bits of weeks": bits(f"SELECT customer_id, {week} AS week FROM events"),
        "bits of weeks, where they change as stored": bits(
            "SELECT customer_id, week FROM (SELECT *, lag(customer_id) OVER () AS customer_before, lag(week) OVER () AS week_before FROM "
            f"(SELECT customer_id, {week} AS week FROM events)) WHERE customer_id IS DISTINCT FROM customer_before OR week IS DISTINCT FROM week_before"
        ),
        "distinct weeks, joined with the first": (
            f"WITH weeks AS (SELECT DISTINCT customer_id, {week} AS week FROM events) SELECT cohort, week - cohort, count(*) FROM weeks JOIN "
            "(SELECT customer_id, min(week) AS cohort FROM weeks GROUP BY customer_id) USING (customer_id) GROUP BY 1, 2"
        ),
    }


def duckdb_customers():
    names = ", ".join(f"'{name}'" for name in NAMES)
    code = f"CASE event {' '.join(f'''WHEN '{name}' THEN {1 << n}''' for n, name in enumerate(NAMES))} END"
    totals = ", ".join(f"sum(n) FILTER (mask & {1 << n} <> 0)::BIGINT" for n in range(len(NAMES)))

    def masks(code):
        return (
            f"SELECT unnest([{names}]), unnest([{totals}]) FROM (SELECT mask, count(*) AS n FROM (SELECT bit_or({code}) AS mask FROM events GROUP BY customer_id) "
            "GROUP BY mask)"
        )

    return {
        "count(DISTINCT)": "SELECT event, count(DISTINCT customer_id) FROM events GROUP BY event",
        "DISTINCT": "SELECT event, count(*) FROM (SELECT DISTINCT event, customer_id FROM events) GROUP BY event",
        "bits of events": masks(code),
        "bits of events, enum_code": masks(f"1 << enum_code(event::ENUM({names}))::INTEGER"),
    }


def duckdb_sequence():
    only = f"FROM events WHERE event IN {one_of(SEQUENCE)}"
    letter = f"CASE event WHEN '{SEQUENCE[0]}' THEN 'a' WHEN '{SEQUENCE[1]}' THEN 'b' ELSE 'c' END"
    step = f"CASE event WHEN '{SEQUENCE[0]}' THEN 0 WHEN '{SEQUENCE[1]}' THEN 1 ELSE 2 END"
    outer = "SELECT sum(n)::BIGINT, count(*) FILTER (n > 0) FROM ({})"
    return {
        "regular expression": outer.format(
            f"SELECT len(regexp_extract_all(string_agg({letter}, '' ORDER BY time), 'a[^b]*b[^c]*c')) AS n {only} GROUP BY customer_id"
        ),
        "list_reduce": outer.format(
            f"SELECT list_reduce(list({step} ORDER BY time), lambda done, x: done + (x = done % 3)::INTEGER, 0) // 3 AS n {only} GROUP BY customer_id"
        ),
    }


def duckdb_paths():
    top = f"SELECT array_to_string(steps::VARCHAR[], ' > '), count(*) AS n FROM ({{}}) GROUP BY steps ORDER BY n DESC LIMIT {PATHS_ASKED}"
    steps = ", ".join(f"CASE WHEN lead(customer_id, {n}) OVER () = customer_id THEN lead(event, {n}) OVER () END AS e{n}" for n in range(1, PATH_LENGTH))
    columns = ", ".join(f"e{n}" for n in range(PATH_LENGTH))
    return {
        "arg_min(event, time, 5)": top.format(f"SELECT arg_min(event, time, {PATH_LENGTH}) AS steps FROM events GROUP BY customer_id"),
        "row_number()": top.format(
            "SELECT list(event ORDER BY time) AS steps FROM (SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY time) AS n FROM events) "
            f"WHERE n <= {PATH_LENGTH} GROUP BY customer_id"
        ),
        "lists": top.format(f"SELECT list(event ORDER BY time)[:{PATH_LENGTH}] AS steps FROM events GROUP BY customer_id"),
        "lead() OVER (as stored)": (
            f"SELECT concat_ws(' > ', {columns}), n FROM (SELECT {columns}, count(*) AS n FROM (SELECT event AS e0, {steps}, "
            "lag(customer_id) OVER () IS DISTINCT FROM customer_id AS first FROM events) "
            f"WHERE first GROUP BY {columns} ORDER BY n DESC LIMIT {PATHS_ASKED})"
        ),
    }


DUCKDB = {
    **{name: duckdb_funnel(steps) for name, steps in FUNNELS.items()},
    "transitions": duckdb_transitions(),
    "retention": duckdb_retention(),
    "customers": duckdb_customers(),
    "sequence": duckdb_sequence(),
    "paths": duckdb_paths(),
}


# Polars. Every formulation is a function of a lazy frame, whose rows are sorted by customer and time, and of the engine.


def polars_engines(ask):
    return {f"{name}, {engine} engine": lambda events, ask=ask, engine=engine: ask(events, lambda frame: frame.collect(engine=engine)) for name, ask in ask.items() for engine in ("in-memory", "streaming")}


def polars_funnel(steps):
    import polars as pl

    def line(events, collect):
        """The last start of every step runs on as a cumulative maximum over all customers, who are placed on one line."""
        name = pl.col("event")
        frame = events.filter(name.is_in(steps)).select("customer_id", "event", t=pl.col("customer_id") * LINE + pl.col("time").to_physical() - BEGIN_MS)
        frame = frame.with_columns(x0=pl.when(name == steps[0]).then("t"))
        for n, step in enumerate(steps[1:], 1):
            last = pl.col(f"x{n - 1}").cum_max().forward_fill()
            frame = frame.with_columns(last=last).with_columns(pl.when((name == step) & (pl.col("t") - pl.col("last") <= WINDOW_MS)).then("last").alias(f"x{n}"))
        return reached(frame, collect)

    def over(events, collect):
        name = pl.col("event")
        frame = events.filter(name.is_in(steps)).select("customer_id", "event", t=pl.col("time").to_physical()).with_columns(x0=pl.when(name == steps[0]).then("t"))
        for n, step in enumerate(steps[1:], 1):
            last = pl.col(f"x{n - 1}").forward_fill().over("customer_id")
            frame = frame.with_columns(last=last).with_columns(pl.when((name == step) & (pl.col("t") - pl.col("last") <= WINDOW_MS)).then("last").alias(f"x{n}"))
        return reached(frame, collect)

    def reached(frame, collect):
        # Sorted by customer, so a customer is counted where the run of rows with the step begins.
        totals = [pl.col("customer_id").filter(pl.col(f"x{n}").is_not_null()).rle_id().max().add(1).fill_null(0).alias(str(n)) for n in range(len(steps))]
        return list(enumerate(collect(frame.select(totals)).row(0), 1))

    def asof(events, collect):
        parts = [events.filter(pl.col("event") == step).select("customer_id", t=pl.col("time").to_physical()) for step in steps]
        before = parts[0].with_columns(start="t")
        frames = [before]
        for part in parts[1:]:
            before = part.join_asof(before, on="t", by="customer_id", check_sortedness=False).filter(pl.col("t") - pl.col("start") <= WINDOW_MS)
            frames.append(before)
        counted = collect(pl.concat([frame.select(pl.col("customer_id").n_unique()) for frame in frames]))
        return list(enumerate(counted["customer_id"].to_list(), 1))

    return polars_engines({"cum_max on one line": line, "forward_fill over customer": over, "join_asof": asof})


def polars_code():
    import polars as pl

    return pl.col("event").cast(pl.Enum(NAMES)).to_physical()


def polars_transitions():
    import polars as pl

    def shifted(events, collect):
        frame = events.select("customer_id", code=polars_code().cast(pl.UInt16))
        frame = frame.select(
            pair=pl.col("code").shift(1) * 32 + pl.col("code"), same=pl.col("customer_id") == pl.col("customer_id").shift(1)
        )
        frame = collect(frame.filter("same").group_by("pair").len())
        return [(NAMES[pair // 32], NAMES[pair % 32], n) for pair, n in frame.select("pair", "len").iter_rows()]

    def over(events, collect):
        frame = events.select("event", before=pl.col("event").shift(1).over("customer_id")).drop_nulls()
        return collect(frame.group_by("before", "event").len()).select("before", "event", "len").rows()

    return polars_engines({"shift, as stored": shifted, "shift over customer": over})


def polars_retention():
    import polars as pl

    week = ((pl.col("time").to_physical() - MONDAY_MS) // WEEK_MS).cast(pl.UInt8)

    def grouped(events, collect):
        weeks = events.select("customer_id", week=week).unique()
        frame = weeks.with_columns(cohort=pl.col("week").min().over("customer_id"))
        return by_cohort(frame, collect)

    def bits(events, collect):
        frame = events.select("customer_id", bit=pl.lit(2, pl.UInt32).pow(week).cast(pl.UInt32)).group_by("customer_id").agg(pl.col("bit").bitwise_or())
        frame = collect(frame.group_by("bit").len())
        counts = {}
        for mask, n in frame.select("bit", "len").iter_rows():
            present = [place for place in range(WEEKS) if mask >> place & 1]
            for place in present:
                key = (present[0], place - present[0])
                counts[key] = counts.get(key, 0) + n
        return [(*key, n) for key, n in counts.items()]

    def shifted(events, collect):
        """As stored, a customer's weeks come in order: a week is new where it or the customer differs from the row before."""
        frame = events.select("customer_id", week=week).filter(
            (pl.col("customer_id") != pl.col("customer_id").shift(1)).fill_null(True) | (pl.col("week") != pl.col("week").shift(1)).fill_null(True)
        )
        first = (pl.col("customer_id") != pl.col("customer_id").shift(1)).fill_null(True)
        return by_cohort(frame.with_columns(cohort=pl.when(first).then("week").forward_fill()), collect)

    def by_cohort(frame, collect):
        counted = collect(frame.group_by("cohort", after=pl.col("week") - pl.col("cohort")).len())
        return counted.select("cohort", "after", "len").rows()

    return polars_engines({"unique weeks": grouped, "bits of weeks": bits, "shift, as stored": shifted})


def polars_customers():
    import polars as pl

    def n_unique(events, collect):
        return collect(events.group_by("event").agg(pl.col("customer_id").n_unique())).rows()

    def unique(events, collect):
        return collect(events.select("event", "customer_id").unique().group_by("event").len()).rows()

    def bits(events, collect):
        bit = pl.lit(2, pl.UInt32).pow(polars_code()).cast(pl.UInt32)
        frame = collect(events.select("customer_id", bit=bit).group_by("customer_id").agg(pl.col("bit").bitwise_or()).group_by("bit").len())
        return [(name, int(frame.filter(pl.col("bit") & (1 << n) != 0)["len"].sum())) for n, name in enumerate(NAMES)]

    def runs(events, collect):
        """As stored, an event's customers come in order, so they are counted where they change."""
        frame = events.group_by("event", maintain_order=False).agg(pl.col("customer_id").rle_id().max() + 1)
        return collect(frame).rows()

    return polars_engines({"n_unique": n_unique, "unique": unique, "bits of events": bits, "runs, as stored": runs})


def polars_sequence():
    import polars as pl

    name = pl.col("event")

    def regex(events, collect):
        letter = pl.when(name == SEQUENCE[0]).then(pl.lit("a")).when(name == SEQUENCE[1]).then(pl.lit("b")).otherwise(pl.lit("c"))
        frame = events.filter(name.is_in(SEQUENCE)).select("customer_id", letter=letter).group_by("customer_id", maintain_order=True)
        frame = frame.agg(pl.col("letter").str.join("")).select(n=pl.col("letter").str.count_matches("a[^b]*b[^c]*c"))
        return collect(frame.select(pl.col("n").sum(), over=(pl.col("n") > 0).sum())).rows()

    def whole(events, collect):
        """All customers in one text, cut at a sign for the end of each; the matches are then counted per customer."""
        first = (pl.col("customer_id") != pl.col("customer_id").shift(1)).fill_null(True)
        letter = pl.when(name == SEQUENCE[0]).then(pl.lit("a")).when(name == SEQUENCE[1]).then(pl.lit("b")).otherwise(pl.lit("c"))
        frame = events.filter(name.is_in(SEQUENCE)).select(letter=pl.when(first).then(pl.lit("|") + letter).otherwise(letter))
        frame = frame.select(pl.col("letter").str.join("").str.split("|").explode()).select(n=pl.col("letter").str.count_matches("a[^b]*b[^c]*c"))
        return collect(frame.select(pl.col("n").sum(), over=(pl.col("n") > 0).sum())).rows()

    return polars_engines({"regular expression per customer": regex, "regular expression, one text": whole})


def polars_paths():
    import polars as pl

    def shifted(events, collect):
        who, name = pl.col("customer_id"), pl.col("event")
        later = [pl.when(who.shift(-n) == who).then(name.shift(-n)).alias(f"e{n}") for n in range(1, PATH_LENGTH)]
        frame = events.select(name.alias("e0"), *later, first=(who != who.shift(1)).fill_null(True)).filter("first").drop("first")
        columns = [f"e{n}" for n in range(PATH_LENGTH)]
        frame = collect(frame.group_by(columns).len().top_k(PATHS_ASKED, by="len"))
        return [(" > ".join(step for step in row[:-1] if step is not None), row[-1]) for row in frame.iter_rows()]

    def head(events, collect):
        frame = events.group_by("customer_id", maintain_order=True).agg(pl.col("event").head(PATH_LENGTH).str.join(" > "))
        return collect(frame.group_by("event").len().top_k(PATHS_ASKED, by="len")).rows()

    return polars_engines({"shift, as stored": shifted, "head of each customer": head})


def polars_formulations():
    return {
        **{name: polars_funnel(steps) for name, steps in FUNNELS.items()},
        "transitions": polars_transitions(),
        "retention": polars_retention(),
        "customers": polars_customers(),
        "sequence": polars_sequence(),
        "paths": polars_paths(),
    }


# The process.


def open_clickhouse(data, parquet):
    from chdb import session

    # A Parquet file needs no database of its own.
    there = session.Session() if parquet else session.Session(str(data.clickhouse))
    if parquet:
        names = ", ".join(f"\\'{name}\\' = {number}" for number, name in enumerate(NAMES))
        structure = f"customer_id Int64, time DateTime64(3, \\'UTC\\'), event Enum8({names})"
        there.query("CREATE DATABASE bench ENGINE = Atomic")
        there.query(f"CREATE VIEW bench.events AS SELECT * FROM file('{data.sorted}', 'Parquet', '{structure}')")
    there.query("USE bench")
    there.query(f"SET max_threads = {CORES}")

    def ask(question, formulation):
        answer = str(there.query(CLICKHOUSE[question][formulation], "JSONCompactEachRow"))
        return [json.loads(line) for line in answer.splitlines()]

    return ask, {question: list(ways) for question, ways in CLICKHOUSE.items()}


def open_duckdb(data, parquet):
    import duckdb

    there = database() if parquet else duckdb.connect(str(data.duckdb), read_only=True, config={"threads": CORES})
    there.execute("SET enable_progress_bar = false")
    if parquet:
        there.execute(f"CREATE VIEW events AS FROM read_parquet('{data.sorted}')")
    return (lambda question, formulation: there.execute(DUCKDB[question][formulation]).fetchall()), {q: list(ways) for q, ways in DUCKDB.items()}


def open_polars(data, parquet):
    os.environ["POLARS_MAX_THREADS"] = str(CORES)
    import polars as pl

    ways = polars_formulations()
    events = pl.scan_parquet(data.sorted).with_columns(pl.col("time").cast(pl.Datetime("ms")))
    return (lambda question, formulation: ways[question][formulation](events)), {q: list(w) for q, w in ways.items()}


SYSTEMS = {
    "ClickHouse, table": (open_clickhouse, False),
    "ClickHouse, Parquet": (open_clickhouse, True),
    "DuckDB, table": (open_duckdb, False),
    "DuckDB, Parquet": (open_duckdb, True),
    "Polars, Parquet": (open_polars, True),
}


def expect(cache, rows, percent, *questions):
    """The right answers when customers are merged, by DuckDB's plainest formulations: rows are as stored no longer."""
    data = Data(cache, int(rows))
    there = database()
    there.execute("SET enable_progress_bar = false")
    there.execute(f"CREATE VIEW stored AS FROM read_parquet('{data.sorted}')")
    if int(percent):
        there.execute(
            f"CREATE VIEW events AS SELECT coalesce(l.customer_id, s.customer_id) AS customer_id, time, event FROM stored s "
            f"LEFT JOIN read_parquet('{data.links(int(percent))}') l ON s.customer_id = l.alias"
        )
    else:
        there.execute("CREATE VIEW events AS FROM stored")
    answers = {question: there.execute(next(iter(DUCKDB[question].values()))).fetchall() for question in questions}
    print(json.dumps({question: canonical(question, rows) for question, rows in answers.items()}))


def main(system, cache, rows):
    """Answers one wish per line, `[question, formulation]`; the first line said is what can be wished for."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever the systems say by themselves is no answer
    opening, parquet = SYSTEMS[system]
    ask, ways = opening(Data(cache, int(rows)), parquet)
    print(json.dumps(ways), file=out)
    for line in sys.stdin:
        question, formulation = json.loads(line)
        start = time.monotonic()
        try:
            answer = [list(row) for row in ask(question, formulation)]
            seconds = time.monotonic() - start
            if question == "retention":
                answer = [[week_start(int(cohort)), int(after), int(n)] for cohort, after, n in answer]
            print(json.dumps({"seconds": seconds, "rows": answer}), file=out)
        except Exception as error:  # the referee decides what a failure means
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=out)


if __name__ == "__main__":
    expect(*sys.argv[2:]) if sys.argv[1] == "expect" else main(*sys.argv[1:])
