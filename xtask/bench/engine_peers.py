"""The others, as `cargo xtask bench engine` asks them: a process per system that reads a wish per line and answers it.

How they are asked is in a file for each. To try another formulation: add it there; if its rows are wrong, the benchmark says
so. To add a system: a file with FORMULATIONS and `begin`, and a line in SYSTEMS.
"""

import importlib
import json
import os
import sys
import time

from engine_data import MONDAY_MS, WEEK_MS, Data
from engine_questions import canonical
from house import CORES

# The file, and whether it is asked about the Parquet file instead of a table of its own.
SYSTEMS = {
    "ClickHouse, table": ("engine_clickhouse", False),
    "ClickHouse, Parquet": ("engine_clickhouse", True),
    "DuckDB, table": ("engine_duckdb", False),
    "DuckDB, Parquet": ("engine_duckdb", True),
    "Polars, Parquet": ("engine_polars", True),
}


def merged(cache, rows, percent, *questions):
    """Says what is right when so many per cent of the customers are merged."""
    import engine_duckdb

    answers = engine_duckdb.merged(Data(cache, int(rows)), int(percent), questions)
    print(json.dumps({question: canonical(question, rows) for question, rows in answers.items()}))


def main(system, cache, rows):
    """Answers one wish per line, `[question, formulation]`; the first line said is what can be wished for."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever the systems say by themselves is no answer
    os.environ["POLARS_MAX_THREADS"] = str(CORES)  # Polars asks when it is imported
    file, parquet = SYSTEMS[system]
    peer = importlib.import_module(file)
    ask = peer.begin(Data(cache, int(rows)), parquet)
    print(json.dumps({question: list(ways) for question, ways in peer.FORMULATIONS.items()}), file=out)
    for line in sys.stdin:
        question, formulation = json.loads(line)
        start = time.monotonic()
        try:
            answer = [list(row) for row in ask(question, formulation)]
            seconds = time.monotonic() - start
            if question == "retention":
                answer = [[monday(cohort), int(after), int(n)] for cohort, after, n in answer]
            print(json.dumps({"seconds": seconds, "rows": answer}), file=out)
        except Exception as error:  # the referee decides what a failure means
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=out)


def monday(week):
    return time.strftime("%Y-%m-%d", time.gmtime((MONDAY_MS + int(week) * WEEK_MS) / 1000))


if __name__ == "__main__":
    merged(*sys.argv[2:]) if sys.argv[1] == "merged" else main(*sys.argv[1:])
