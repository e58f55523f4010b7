"""The others, for `cargo xtask bench value`: one process for each wish, `value_peers.py WHAT FILE`, answers as JSON on the last line."""

import json
import sys
import time


def markov(file):
    import ChannelAttribution
    import pandas

    table = pandas.read_csv(file, names=["path", "conversions", "nulls"])

    def credits(**more):
        found = ChannelAttribution.markov_model(table, "path", "conversions", var_null="nulls", order=1, ncore=2, verbose=False, flg_pro=False, **more)
        of = {int(row.channel_name): float(row.total_conversions) for row in found.itertuples()}
        return [of.get(channel, 0.0) for channel in range(12)]

    start = time.monotonic()
    usual = credits()
    seconds = time.monotonic() - start
    # Whether it is chance alone that makes them differ shows when it simulates more; that is not timed.
    return seconds, {"credits": usual, "closer": credits(nsim_start=2e7)}


def buying(fitter, file):
    import pandas

    table = pandas.read_csv(file, names=["x", "last", "age"])
    start = time.monotonic()
    fitter.fit(table["x"], table["last"], table["age"])
    seconds = time.monotonic() - start
    return seconds, {"parameters": [float(value) for value in fitter.params_], "log_likelihood": -float(fitter._negative_log_likelihood_) * len(table)}


def bg_nbd(file):
    import lifetimes

    return buying(lifetimes.BetaGeoFitter(), file)


def pareto_nbd(file):
    import lifetimes

    return buying(lifetimes.ParetoNBDFitter(), file)


def follows(file):
    import pandas
    import pm4py

    table = pandas.read_csv(file, parse_dates=["timestamp"])
    start = time.monotonic()
    table = pm4py.format_dataframe(table, case_id="user_id", activity_key="event", timestamp_key="timestamp")
    graph, _, _ = pm4py.discover_dfg(table)
    seconds = time.monotonic() - start
    return seconds, {"edges": [{"from": a, "to": b, "count": int(n)} for (a, b), n in graph.items()]}


def alignments(file):
    import pandas
    import pm4py

    rows, case = [], 0
    for line in open(file):
        count, steps = line.rstrip("\n").split(",", 1)
        for _ in range(int(count)):
            case += 1
            rows += [(str(case), step, at) for at, step in enumerate(steps.split(">"))]
    table = pandas.DataFrame(rows, columns=["case:concept:name", "concept:name", "at"])
    table["time:timestamp"] = pandas.to_datetime(table["at"], unit="s", utc=True)
    net, begin, end = pm4py.discover_petri_net_inductive(table, noise_threshold=0.2)
    start = time.monotonic()
    fitness = pm4py.fitness_alignments(table, net, begin, end)
    seconds = time.monotonic() - start
    return seconds, {"fitness": float(fitness.get("log_fitness", fitness.get("logFitness")))}


if __name__ == "__main__":
    seconds, figures = {"markov": markov, "bg_nbd": bg_nbd, "pareto_nbd": pareto_nbd, "follows": follows, "alignments": alignments}[sys.argv[1]](sys.argv[2])
    print(json.dumps({"seconds": seconds, "figures": figures}))
