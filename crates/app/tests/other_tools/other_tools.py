"""Reads a data folder's Parquet and what was exported of it with DuckDB and Polars, and asks DuckDB in SQL what Periplus answers.

Started by the test of the same name with a folder that has `files.txt` (what `periplus lake files` lists), `events.parquet`,
`events.csv` and `events.arrow` (exports), and `answers.json` (what Periplus answered). Prints what differs; nothing means that
nothing does.
"""

import json
import sys
from pathlib import Path

import duckdb
import polars

folder = Path(sys.argv[1])
files = folder.joinpath("files.txt").read_text().split("\n")[:-1]
answers = json.loads(folder.joinpath("answers.json").read_text())
sql = duckdb.connect()
sql.execute("SET TimeZone = 'UTC'")
sql.execute("CREATE TABLE events AS SELECT * FROM read_parquet($files)", {"files": files})


def rows(statement):
    return sorted(list(row) for row in sql.execute(statement).fetchall())


def compare(what, theirs, ours):
    theirs, ours = sorted(map(list, theirs)), sorted(map(list, ours))
    if theirs != ours:
        only = lambda a, b: [row for row in a if row not in b][:3]
        print(f"{what}: others say {only(theirs, ours)}, Periplus says {only(ours, theirs)} ({len(theirs)} and {len(ours)} rows)")


def table(answer, *names):
    columns = [column["name"] for column in answer["view"]["columns"]]
    return [[row[columns.index(name)] for name in names] for row in answer["view"]["rows"]]


# The files, as the lake has them and as they were exported, are the same events in every tool.
overview = table(answers["overview"], "event", "events", "customers")
BY_NAME = "SELECT event, count(*), count(DISTINCT customer_key) FROM {} GROUP BY event"
compare("DuckDB, the lake's files", rows(BY_NAME.format("events")), overview)
for source in ["read_parquet('{}/events.parquet')", "read_csv('{}/events.csv', all_varchar = true)"]:
    compare(source, rows(BY_NAME.format(source.format(folder))), overview)


def by_name(frame):
    names = polars.col("event").cast(polars.String)
    return frame.group_by(names).agg(polars.len(), polars.col("customer_key").n_unique().alias("customers")).collect().rows()


compare("Polars, the lake's files", by_name(polars.scan_parquet(files)), overview)
compare("Polars, Parquet export", by_name(polars.scan_parquet(folder / "events.parquet")), overview)
compare("Polars, Arrow export", by_name(polars.scan_ipc(folder / "events.arrow")), overview)

# What SQL can say.
sql.execute("CREATE VIEW ordered AS SELECT *, lag(event) OVER customer AS before, row_number() OVER customer AS place FROM events WINDOW customer AS (PARTITION BY customer_key ORDER BY time, seq)")
graph = answers["follows"]["view"]
names = [node["name"] for node in graph["nodes"]]
compare(
    "which event follows which",
    rows("SELECT before, event, count(*), count(DISTINCT customer_key) FROM ordered WHERE before IS NOT NULL GROUP BY ALL"),
    [[names[edge["from"]], names[edge["to"]], edge["count"], edge["sequences"]] for edge in graph["edges"]],
)

variants = answers["variants"]["view"]
compare(
    "variants of five steps",
    rows("SELECT steps, count(*) FROM (SELECT string_agg(event, ' > ' ORDER BY place) AS steps FROM ordered WHERE place <= 5 GROUP BY customer_key) GROUP BY steps"),
    [[" > ".join(variant["steps"]), variant["count"]] for variant in variants["variants"]],
)

chains = "".join(
    f" JOIN events e{step} ON e{step}.customer_key = e1.customer_key AND e{step}.event = '{name}' "
    f"AND e{step}.time BETWEEN e{step - 1}.time AND e1.time + INTERVAL 7 DAY"
    for step, name in enumerate(answers["steps"], 1)
    if step > 1
).split(" JOIN ")[1:]
reached = []
for step in range(1, len(answers["steps"]) + 1):
    joins = "".join(" JOIN " + join for join in chains[: step - 1])
    [[customers]] = rows(f"SELECT count(DISTINCT e1.customer_key) FROM events e1{joins} WHERE e1.event = '{answers['steps'][0]}'")
    reached.append([step, customers])
compare("a funnel within seven days", reached, [[place, step["reached"]] for place, step in enumerate(answers["funnel"]["view"]["steps"], 1)])

cohorts = []
for cohort in answers["retention"]["view"]["rows"]:
    cohorts += [[cohort["name"], weeks, cell["count"]] for weeks, cell in enumerate(cohort["cells"]) if weeks > 0 and cell["count"]]
compare(
    "retention by week",
    rows(
        "WITH weeks AS (SELECT DISTINCT customer_key, date_trunc('week', time)::DATE AS week FROM events), "
        "starts AS (SELECT customer_key, min(week) AS start FROM weeks GROUP BY customer_key) "
        "SELECT strftime(start, '%Y-%m-%d'), date_diff('day', start, week) // 7 AS since, count(*) FROM weeks JOIN starts USING (customer_key) "
        f"WHERE since BETWEEN 1 AND {answers['retention_weeks']} GROUP BY ALL"
    ),
    cohorts,
)

print(f"compared {len(files)} files, DuckDB {duckdb.__version__}, Polars {polars.__version__}", file=sys.stderr)
