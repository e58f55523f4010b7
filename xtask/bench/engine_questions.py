"""The questions of `cargo xtask bench engine`: how Periplus is asked, and what of its answer must equal everybody's.

To add a question: an entry in QUESTIONS, and at least one formulation per system in engine_peers.py. `rows` makes of
Periplus' answer what the others return, in any order. A question without an analysis is asked of the others only.
"""

from collections.abc import Callable
from dataclasses import dataclass

WINDOW_MS = 7 * 86_400_000
FUNNELS = {
    "funnel-3": ["Product Viewed", "Product Added", "Order Completed"],
    "funnel-5": ["Page Viewed", "Product Viewed", "Product Added", "Checkout Started", "Order Completed"],
}
SEQUENCE = ["Product Viewed", "Product Added", "Order Completed"]
PATH_LENGTH = 5
PATHS_COMPARED = 10
# More than are compared, because of several that are equally frequent any may come first.
PATHS_ASKED = 100


@dataclass
class Question:
    about: str
    analysis: str | None = None
    question: dict | None = None
    rows: Callable | None = None


def funnel(steps):
    return {"steps": [{"event": name} for name in steps], "window": "7d"}


def reached(view):
    return [[place, step["reached"]] for place, step in enumerate(view["steps"], 1)]


def edges(view):
    names = [node["name"] for node in view["nodes"]]
    return [[names[edge["from"]], names[edge["to"]], edge["count"]] for edge in view["edges"]]


def columns(*wanted):
    """These columns of a table."""

    def rows(view):
        places = [[column["name"] for column in view["columns"]].index(name) for name in wanted]
        return [[row[place] for place in places] for row in view["rows"]]

    return rows


def variants(view):
    return [[" > ".join(variant["steps"]), variant["count"]] for variant in view["variants"]]


def cohorts(view):
    """By cohort and weeks since: how many. Everybody who started is there in week 0."""
    rows = []
    for cohort in view["rows"]:
        rows.append([cohort["name"], 0, cohort["size"]])
        rows += [[cohort["name"], weeks, cell["count"]] for weeks, cell in enumerate(cohort["cells"]) if weeks > 0 and cell["count"]]
    return rows


QUESTIONS = {
    "funnel-3": Question(f"{' → '.join(FUNNELS['funnel-3'])} within 7 days", "funnel", funnel(FUNNELS["funnel-3"]), reached),
    "funnel-5": Question(f"{' → '.join(FUNNELS['funnel-5'])} within 7 days", "funnel", funnel(FUNNELS["funnel-5"]), reached),
    "transitions": Question("how often which event comes directly after which", "follows", {"waits": False}, edges),
    "customers": Question("different customers by event", "overview", {}, columns("event", "customers")),
    "retention": Question("customers by calendar week of their first event (Monday, UTC) and weeks since, with an event in that week", "retention", {"interval": "week", "intervals": 20}, cohorts),
    "sequence": Question(f"{', then '.join(SEQUENCE)}: how often, not overlapping, and for how many customers", "sequence", {"steps": [{"event": name} for name in SEQUENCE]}, columns("times", "did the sequence")),
    "paths": Question(f"the most frequent beginnings of journeys: each customer's first {PATH_LENGTH} events", "variants", {"steps": PATH_LENGTH, "top": PATHS_ASKED}, variants),
}

# Small questions that somebody at a screen waits for: analysis and question.
LATENCY = {
    "overview": ("overview", {}),
    "funnel": ("funnel", {"steps": [{"event": name} for name in ("Product Viewed", "Product Added", "Order Completed")], "window": "7d"}),
    "follows, sessions": ("follows", {"unit": "session"}),
    "variants, sessions": ("variants", {"unit": "session", "collapse": True, "top": 10}),
}


def canonical(name, rows):
    """Rows that are equal when the answers are."""
    rows = [list(row) for row in rows]
    if name != "paths":
        return sorted(rows)
    rows = sorted(rows, key=lambda row: (-row[1], row[0]))
    # Where those that are equally frequent were cut off, any of them may have been left out.
    least = rows[-1][1] if len(rows) >= PATHS_ASKED else 0
    return [row for row in rows if row[1] > least][:PATHS_COMPARED]
