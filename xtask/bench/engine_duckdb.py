"""How DuckDB is asked the questions of `cargo xtask bench engine`: every formulation that was thought of, by question.

`events` is a table that was filled in the order of customer and time, or a view of a Parquet file that is sorted like that.
"""

import duckdb

from engine_data import BEGIN_MS, LINE, MONDAY_MS, NAMES, WEEK_MS, WEEKS, database
from engine_questions import FUNNELS, PATH_LENGTH, PATHS_ASKED, SEQUENCE, WINDOW_MS
from house import CORES


def one_of(names):
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


MS = "epoch_ms(time)"
# Windows over rows as they are stored run on one thread. Two of them, on half of the customers each and put together by
# UNION ALL, were not faster and sometimes wrong: the rows arrive in another order.


def funnel(steps):
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


def transitions():
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


def retention():
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


def customers():
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


def sequence():
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


def paths():
    top = f"SELECT array_to_string(steps::VARCHAR[], ' > '), count(*) AS n FROM ({{}}) GROUP BY steps ORDER BY n DESC LIMIT {PATHS_ASKED}"
    steps = ", ".join(
        f"CASE WHEN lead(customer_id, {n}) OVER () = customer_id THEN lead(event, {n}) OVER () END AS e{n}" for n in range(1, PATH_LENGTH)
    )
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
    there = database() if parquet else duckdb.connect(str(data.duckdb), read_only=True, config={"threads": CORES})
    there.execute("SET enable_progress_bar = false")
    if parquet:
        there.execute(f"CREATE VIEW events AS FROM read_parquet('{data.sorted}')")
    return lambda question, formulation: there.execute(FORMULATIONS[question][formulation]).fetchall()


def merged(data, percent, questions):
    """The right answers when customers are merged: by the first formulation, as rows are not stored in order any more."""
    there = database()
    there.execute("SET enable_progress_bar = false")
    there.execute(f"CREATE VIEW stored AS FROM read_parquet('{data.sorted}')")
    customer = "customer_id"
    join = ""
    if percent:
        customer = "coalesce(l.customer_id, s.customer_id) AS customer_id"
        join = f"LEFT JOIN read_parquet('{data.links(percent)}') l ON s.customer_id = l.alias"
    there.execute(f"CREATE VIEW events AS SELECT {customer}, time, event FROM stored s {join}")
    return {question: there.execute(next(iter(FORMULATIONS[question].values()))).fetchall() for question in questions}
