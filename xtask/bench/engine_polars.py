"""How Polars is asked the questions of `cargo xtask bench engine`: every formulation that was thought of, by question.

Each is a function of a lazy frame, the Parquet file that is sorted by customer and time, and of how to collect.
"""

import polars as pl

from engine_data import BEGIN_MS, LINE, MONDAY_MS, NAMES, WEEK_MS, WEEKS
from engine_questions import FUNNELS, PATH_LENGTH, PATHS_ASKED, SEQUENCE, WINDOW_MS


def engines(ways):
    """Every way with either of Polars' engines."""
    return {
        f"{name}, {engine} engine": lambda events, ask=ask, engine=engine: ask(events, lambda frame: frame.collect(engine=engine))
        for name, ask in ways.items()
        for engine in ("in-memory", "streaming")
    }


def funnel(steps):
    def line(events, collect):
        """The last start of every step runs on as a cumulative maximum over all customers, who are placed on one line."""
        name = pl.col("event")
        frame = events.filter(name.is_in(steps)).select(
            "customer_id", "event", t=pl.col("customer_id") * LINE + pl.col("time").to_physical() - BEGIN_MS
        )
        frame = frame.with_columns(x0=pl.when(name == steps[0]).then("t"))
        for n, step in enumerate(steps[1:], 1):
            last = pl.col(f"x{n - 1}").cum_max().forward_fill()
            frame = frame.with_columns(last=last).with_columns(
                pl.when((name == step) & (pl.col("t") - pl.col("last") <= WINDOW_MS)).then("last").alias(f"x{n}")
            )
        return reached(frame, collect)

    def over(events, collect):
        name = pl.col("event")
        frame = (
            events.filter(name.is_in(steps))
            .select("customer_id", "event", t=pl.col("time").to_physical())
            .with_columns(x0=pl.when(name == steps[0]).then("t"))
        )
        for n, step in enumerate(steps[1:], 1):
            last = pl.col(f"x{n - 1}").forward_fill().over("customer_id")
            frame = frame.with_columns(last=last).with_columns(
                pl.when((name == step) & (pl.col("t") - pl.col("last") <= WINDOW_MS)).then("last").alias(f"x{n}")
            )
        return reached(frame, collect)

    def reached(frame, collect):
        # Sorted by customer, so a customer is counted where the run of rows with the step begins.
        totals = [
            pl.col("customer_id").filter(pl.col(f"x{n}").is_not_null()).rle_id().max().add(1).fill_null(0).alias(str(n))
            for n in range(len(steps))
        ]
        return list(enumerate(collect(frame.select(totals)).row(0), 1))

    def asof(events, collect):
        parts = [events.filter(pl.col("event") == step).select("customer_id", t=pl.col("time").to_physical()) for step in steps]
        before = parts[0].with_columns(start="t")
        frames = [before]
        for part in parts[1:]:
            before = part.join_asof(before, on="t", by="customer_id", check_sortedness=False).filter(
                pl.col("t") - pl.col("start") <= WINDOW_MS
            )
            frames.append(before)
        counted = collect(pl.concat([frame.select(pl.col("customer_id").n_unique()) for frame in frames]))
        return list(enumerate(counted["customer_id"].to_list(), 1))

    return engines({"cum_max on one line": line, "forward_fill over customer": over, "join_asof": asof})


def code():
    return pl.col("event").cast(pl.Enum(NAMES)).to_physical()


def transitions():
    def shifted(events, collect):
        frame = events.select("customer_id", code=code().cast(pl.UInt16))
        frame = frame.select(
            pair=pl.col("code").shift(1) * 32 + pl.col("code"), same=pl.col("customer_id") == pl.col("customer_id").shift(1)
        )
        frame = collect(frame.filter("same").group_by("pair").len())
        return [(NAMES[pair // 32], NAMES[pair % 32], n) for pair, n in frame.select("pair", "len").iter_rows()]

    def over(events, collect):
        frame = events.select("event", before=pl.col("event").shift(1).over("customer_id")).drop_nulls()
        return collect(frame.group_by("before", "event").len()).select("before", "event", "len").rows()

    return engines({"shift, as stored": shifted, "shift over customer": over})


def retention():
    week = ((pl.col("time").to_physical() - MONDAY_MS) // WEEK_MS).cast(pl.UInt8)

    def grouped(events, collect):
        weeks = events.select("customer_id", week=week).unique()
        frame = weeks.with_columns(cohort=pl.col("week").min().over("customer_id"))
        return by_cohort(frame, collect)

    def bits(events, collect):
        frame = (
            events.select("customer_id", bit=pl.lit(2, pl.UInt32).pow(week).cast(pl.UInt32))
            .group_by("customer_id")
            .agg(pl.col("bit").bitwise_or())
        )
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
            (pl.col("customer_id") != pl.col("customer_id").shift(1)).fill_null(True)
            | (pl.col("week") != pl.col("week").shift(1)).fill_null(True)
        )
        first = (pl.col("customer_id") != pl.col("customer_id").shift(1)).fill_null(True)
        return by_cohort(frame.with_columns(cohort=pl.when(first).then("week").forward_fill()), collect)

    def by_cohort(frame, collect):
        counted = collect(frame.group_by("cohort", after=pl.col("week") - pl.col("cohort")).len())
        return counted.select("cohort", "after", "len").rows()

    return engines({"unique weeks": grouped, "bits of weeks": bits, "shift, as stored": shifted})


def customers():
    def n_unique(events, collect):
        return collect(events.group_by("event").agg(pl.col("customer_id").n_unique())).rows()

    def unique(events, collect):
        return collect(events.select("event", "customer_id").unique().group_by("event").len()).rows()

    def bits(events, collect):
        bit = pl.lit(2, pl.UInt32).pow(code()).cast(pl.UInt32)
        frame = collect(events.select("customer_id", bit=bit).group_by("customer_id").agg(pl.col("bit").bitwise_or()).group_by("bit").len())
        return [(name, int(frame.filter(pl.col("bit") & (1 << n) != 0)["len"].sum())) for n, name in enumerate(NAMES)]

    def runs(events, collect):
        """As stored, an event's customers come in order, so they are counted where they change."""
        frame = events.group_by("event", maintain_order=False).agg(pl.col("customer_id").rle_id().max() + 1)
        return collect(frame).rows()

    return engines({"n_unique": n_unique, "unique": unique, "bits of events": bits, "runs, as stored": runs})


def sequence():
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
        frame = frame.select(pl.col("letter").str.join("").str.split("|").explode()).select(
            n=pl.col("letter").str.count_matches("a[^b]*b[^c]*c")
        )
        return collect(frame.select(pl.col("n").sum(), over=(pl.col("n") > 0).sum())).rows()

    return engines({"regular expression per customer": regex, "regular expression, one text": whole})


def paths():
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

    return engines({"shift, as stored": shifted, "head of each customer": head})


FORMULATIONS = {
    **{name: funnel(steps) for name, steps in FUNNELS.items()},
    "transitions": transitions(),
    "retention": retention(),
    "customers": customers(),
    "sequence": sequence(),
    "paths": paths(),
}


def begin(data, parquet):
    """Opens the file, lazily; answers how to ask."""
    events = pl.scan_parquet(data.sorted)
    return lambda question, formulation: FORMULATIONS[question][formulation](events)
