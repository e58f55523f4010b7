"""How ClickHouse is asked the questions of `cargo xtask bench engine`: every formulation that was thought of, by question.

`events` is a MergeTree ordered by customer and time, of one part, or a view of a Parquet file that is sorted like that.
"""

import json

from engine_data import MONDAY_MS, NAMES, WEEK_MS
from engine_questions import FUNNELS, PATH_LENGTH, PATHS_ASKED, SEQUENCE, WINDOW_MS
from house import CORES

LISTED = "[" + ", ".join(f"'{name}'" for name in NAMES) + "]"
ENUM = "Enum8(" + ", ".join(f"'{name}' = {number}" for number, name in enumerate(NAMES)) + ")"
CODE = f"toUInt8(event::{ENUM})"
IN_ORDER = " SETTINGS optimize_aggregation_in_order = 1"


def one_of(names):
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


def funnel(steps):
    def sql(where, settings=""):
        conditions = ", ".join(f"event = '{name}'" for name in steps)
        reached = ", ".join(f"({n}, countIf(level >= {n}))" for n in range(1, len(steps) + 1))
        return (
            f"WITH reached AS (SELECT arrayJoin([{reached}]) AS r FROM (SELECT windowFunnel({WINDOW_MS})(toUInt64(toUnixTimestamp64Milli(time)), "
            f"{conditions}) AS level FROM events {where} GROUP BY customer_id)) SELECT r.1, r.2 FROM reached{settings}"
        )

    only = f"WHERE event IN {one_of(steps)}"
    return {
        "windowFunnel": sql(""),
        "windowFunnel, in order": sql("", IN_ORDER),
        "windowFunnel, WHERE event IN": sql(only),
        "windowFunnel, WHERE event IN, in order": sql(only, IN_ORDER),
    }


def transitions():
    code = f"toUInt16({CODE})"

    def named(pairs, settings=""):
        return f"SELECT {LISTED}[intDiv(pair, 32) + 1], {LISTED}[pair % 32 + 1], n FROM (SELECT pair, count() AS n FROM ({pairs}) GROUP BY pair){settings}"

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
            f"SELECT {zipped} FROM (SELECT arrayMap(x -> x.2, {sorted_list}) AS a FROM events GROUP BY customer_id)", IN_ORDER
        ),
        "arrays, as read, in order": named(
            f"SELECT {zipped} FROM (SELECT {plain_list} AS a FROM (SELECT customer_id, event FROM events ORDER BY customer_id, time) "
            f"GROUP BY customer_id)",
            IN_ORDER,
        ),
    }


def retention():
    week = f"intDiv(toUnixTimestamp64Milli(time) - {MONDAY_MS}, {WEEK_MS})"
    expand = (
        "SELECT cohort, week - cohort, sum(n) FROM (SELECT n, arrayJoin(bitPositionsToArray(weeks)) AS week, "
        "bitPositionsToArray(weeks)[1] AS cohort FROM (SELECT weeks, count() AS n FROM ({}) GROUP BY weeks)) GROUP BY 1, 2{}"
    )
    masks = f"SELECT groupBitOr(bitShiftLeft(toUInt32(1), toUInt8({week}))) AS weeks FROM events GROUP BY customer_id"
    return {
        "bits of weeks": expand.format(masks, ""),
        "bits of weeks, in order": expand.format(masks, IN_ORDER),
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


def customers():
    masks = (
        f"SELECT {LISTED}[code + 1], n FROM (SELECT arrayJoin(bitPositionsToArray(mask)) AS code, sum(m) AS n FROM (SELECT mask, count() AS m FROM "
        f"(SELECT groupBitOr(bitShiftLeft(toUInt32(1), {CODE})) AS mask FROM events GROUP BY customer_id) GROUP BY mask) GROUP BY code)"
    )
    return {
        "uniqExact": "SELECT toString(event), uniqExact(customer_id) FROM events GROUP BY event",
        "groupBitmap": "SELECT toString(event), groupBitmap(toUInt32(customer_id)) FROM events GROUP BY event",
        "DISTINCT": "SELECT toString(event), count() FROM (SELECT DISTINCT event, customer_id FROM events) GROUP BY event",
        "bits of events": masks,
        "bits of events, in order": masks + IN_ORDER,
    }


def sequence():
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
        "sequenceCount, WHERE event IN, in order": outer.format(f"SELECT {count} AS n FROM events {only} GROUP BY customer_id", IN_ORDER),
        "arrayFold": outer.format(
            f"SELECT intDiv(arrayFold((done, x) -> done + toUInt64(x = done % 3), {ordered.format(step)}, toUInt64(0)), 3) AS n "
            f"FROM events {only} GROUP BY customer_id",
            "",
        ),
        "regular expression": outer.format(
            f"SELECT countMatches(arrayStringConcat({ordered.format(letter)}), 'a[^b]*b[^c]*c') AS n FROM events {only} GROUP BY customer_id",
            "",
        ),
        "regular expression, as read, in order": outer.format(
            f"SELECT countMatches(arrayStringConcat(groupArray({letter})), 'a[^b]*b[^c]*c') AS n FROM (SELECT customer_id, event FROM events {only} "
            "ORDER BY customer_id, time) GROUP BY customer_id",
            IN_ORDER,
        ),
    }


def paths():
    top = f"SELECT arrayStringConcat(arrayMap(x -> toString(x), steps), ' > '), count() AS n FROM ({{}}) GROUP BY steps ORDER BY n DESC LIMIT {PATHS_ASKED}{{}}"
    heap = f"SELECT arrayMap(x -> x.2, groupArraySorted({PATH_LENGTH})((time, event))) AS steps FROM events GROUP BY customer_id"
    return {
        "groupArraySorted": top.format(heap, ""),
        "groupArraySorted, in order": top.format(heap, IN_ORDER),
        "LIMIT BY": top.format(
            f"SELECT groupArray(event) AS steps FROM (SELECT customer_id, event FROM events ORDER BY customer_id, time LIMIT {PATH_LENGTH} BY customer_id) "
            "GROUP BY customer_id",
            IN_ORDER,
        ),
        "arrays, as read, in order": top.format(
            f"SELECT groupArray({PATH_LENGTH})(event) AS steps FROM (SELECT customer_id, event FROM events ORDER BY customer_id, time) GROUP BY customer_id",
            IN_ORDER,
        ),
        "arrays, sorted": top.format(
            f"SELECT arrayMap(x -> x.2, arraySlice(arraySort(x -> x.1, groupArray((time, event))), 1, {PATH_LENGTH})) AS steps FROM events "
            "GROUP BY customer_id",
            "",
        ),
    }


FORMULATIONS = {
    **{name: funnel(steps) for name, steps in FUNNELS.items()},
    "transitions": transitions(),
    "retention": retention(),
    "customers": customers(),
    "sequence": sequence(),
    "paths": paths(),
}


def begin(data, parquet):
    """Opens the table or the file; answers how to ask."""
    from chdb import session

    # A Parquet file needs no database of its own.
    there = session.Session() if parquet else session.Session(str(data.clickhouse))
    if parquet:
        structure = f"customer_id Int64, time DateTime64(3, 'UTC'), event {ENUM}".replace("'", "\\'")
        there.query("CREATE DATABASE bench ENGINE = Atomic")
        there.query(f"CREATE VIEW bench.events AS SELECT * FROM file('{data.sorted}', 'Parquet', '{structure}')")
    there.query("USE bench")
    there.query(f"SET max_threads = {CORES}")

    def ask(question, formulation):
        answer = str(there.query(FORMULATIONS[question][formulation], "JSONCompactEachRow"))
        return [json.loads(line) for line in answer.splitlines()]

    return ask
