"""What it is worth, beside the libraries that people use for it: `cargo xtask bench value`.

Everybody gets the same file and is timed without reading it; answers are compared, and a contender that is wrong is said to be. Where the others
take longer than they are given, that is told.
"""

import argparse
import datetime
import json
import os
import random
import subprocess
import time
from pathlib import Path

from house import DOCS, environment, say, two_cores

PACKAGES = ["lifetimes==0.11.3", "ChannelAttribution==2.2.5", "pm4py==2.7.23.11", "setuptools<81"]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300
AIMS = {"markov": 1.0, "bg_nbd": 0.3, "pareto_nbd": 3.0, "follows": 0.5, "alignments": 1.0, "journeys": 1.0}
TITLES = {
    "markov": "removal effects of a Markov chain of order 1, {n} paths over 12 channels",
    "bg_nbd": "BG/NBD of {n} customers",
    "pareto_nbd": "Pareto/NBD of {n} customers",
    "follows": "what follows what, {n} events",
    "alignments": "alignments of the receipt log, {n} cases, with the net discovered from it",
    "journeys": "representatives of {n} different journeys",
}
PEERS = {"markov": "ChannelAttribution", "bg_nbd": "lifetimes", "pareto_nbd": "lifetimes", "follows": "pm4py", "alignments": "pm4py", "journeys": None}


def main():
    parser = argparse.ArgumentParser(prog="cargo xtask bench value")
    parser.add_argument("--only", default=",".join(TITLES), help="which, by name")
    parser.add_argument("--rounds", type=int, default=3, help="of ours; the best counts")
    parser.add_argument("--paths", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--write", action="store_true", help="record the result in docs/bench/")
    parser.add_argument("--periplus", type=Path, required=True, help="the program")
    parser.add_argument("--cache", type=Path, required=True, help="where data goes")
    options = parser.parse_args()
    machine = two_cores()
    data = options.cache / "value"
    data.mkdir(parents=True, exist_ok=True)
    python = environment(options.cache, PACKAGES, "venv-value")
    rows = []
    for name in options.only.split(","):
        made = MAKERS[name](data, options)
        if made is None:
            say(f"{name}: there is no receipt log here (set PERIPLUS_REFERENCE)")
            continue
        file, n = made
        ours = min((own(options, name, file) for _ in range(options.rounds)), key=lambda told: told["seconds"])
        other = peer(python, name, file) if PEERS[name] else None
        agrees = None if other is None or "seconds" not in other else compare(name, ours, other)
        rows.append({"name": name, "title": TITLES[name].format(n=f"{n:,}"), "aim": AIMS[name], "ours": ours, "peer": PEERS[name], "other": other, "agrees": agrees})
        say(f"{rows[-1]['title']}: {ours['seconds']:.3f} s; {PEERS[name] or 'nobody beside it'} {told(other)}; {agrees or ''}")
    result = {"machine": machine, "date": time.strftime("%Y-%m-%d", time.gmtime()), "rows": rows}
    text = render(result)
    print(text)
    if options.write:
        (DOCS / "value.json").write_text(json.dumps(result, indent=1) + "\n")
        (DOCS / "value.md").write_text(PAGE + text + "\n")
        say(f"recorded in {DOCS / 'value.md'}")


def told(other):
    if other is None:
        return "—"
    return f"{other['seconds']:.2f} s" if "seconds" in other else other["error"]


def render(result):
    lines = [f"{result['machine']}, {result['date']}.", "", "| what | Periplus | aim | beside it | ratio | answers |", "|---|---|---|---|---|---|"]
    for row in result["rows"]:
        ours, other = row["ours"]["seconds"], row["other"]
        ratio = f"{other['seconds'] / ours:,.0f}" if other and "seconds" in other else "—"
        beside = f"{row['peer']}: {told(other)}" if row["peer"] else "—"
        lines.append(f"| {row['title']} | {ours:.3f} s | {row['aim']:g} s | {beside} | {ratio} | {row['agrees'] or '—'} |")
    return "\n".join(lines)


def own(options, name, file):
    """Asks us once; what follows what is the whole program over a data folder, all else the work alone."""
    if name != "follows":
        worth = options.periplus.parent / "examples" / "worth"
        return json.loads(subprocess.run([worth, name, file], check=True, capture_output=True, text=True).stdout)
    folder = file.with_suffix(".lake")
    if not folder.exists():
        subprocess.run([options.periplus, "--data", folder, "--quiet", "import", file], check=True, capture_output=True)
    start = time.monotonic()
    question = json.dumps({"of": "events"})
    out = subprocess.run([options.periplus, "--data", folder, "--quiet", "ask", "follows", question, "--json"], check=True, capture_output=True, text=True).stdout
    return {"seconds": time.monotonic() - start, "figures": json.loads(out)}


def peer(python, name, file):
    try:
        out = subprocess.run([python, Path(__file__).with_name("value_peers.py"), name, file], capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return {"error": f"more than {PATIENCE} s"}
    if out.returncode != 0:
        return {"error": (out.stderr.strip().splitlines() or ["it failed"])[-1][:200]}
    return json.loads(out.stdout.strip().splitlines()[-1])


def compare(name, ours, other):
    one, two = ours["figures"], other["figures"]
    if name == "markov":
        usual, closer = (max(abs(a - b) / b for a, b in zip(one["credits"], two[those]) if b) for those in ("credits", "closer"))
        return f"within {usual:.1%} of what it simulates, {closer:.1%} when it simulates 20 million journeys"
    if name in ("bg_nbd", "pareto_nbd"):
        worst = max(abs(a - b) / abs(b) for a, b in zip(one["parameters"], two["parameters"]))
        return f"parameters within {worst:.1e}"
    if name == "follows":
        theirs = {(edge["from"], edge["to"]): edge["count"] for edge in two["edges"]}
        names = [node["name"] for node in one["view"]["nodes"]]
        ours = {(names[edge["from"]], names[edge["to"]]): edge["count"] for edge in one["view"]["edges"]}
        return f"the same {len(theirs)} counts" if ours == theirs else "different counts"
    if name == "alignments":
        return f"fitness {one['fitness'][0]:.3f}; theirs {two['fitness']:.3f} of the net that they discover"
    return None


def made(make):
    """Makes a file once."""
    def one(data, options):
        path, n, lines = make(data, options)
        if not path.exists():
            say(f"making {path.name}")
            with open(path.with_suffix(".new"), "w") as out:
                out.writelines(line + "\n" for line in lines())
            path.with_suffix(".new").rename(path)
        return path, n
    return one


@made
def paths(data, options):
    def lines():
        dice = random.Random(1)
        for _ in range(options.paths):
            touches = [dice.randrange(12)]
            while dice.random() < 0.75 and len(touches) < 40:
                touches.append((touches[-1] * 3 + dice.randrange(5)) % 12)
            sold = dice.random() < 0.05 + 0.02 * (touches[0] % 5)
            yield f"{'>'.join(map(str, touches))},{int(sold)},{int(not sold)}"
    return data / f"paths-{options.paths}.csv", options.paths, lines


@made
def buyers(data, options):
    def lines():
        # As BG/NBD has it: rates are gamma, and so many drop out after each purchase.
        dice = random.Random(2)
        for _ in range(options.customers):
            age = dice.uniform(20, 78)
            rate, leaves = dice.gammavariate(0.6, 1 / 8), dice.betavariate(0.8, 2.5)
            at, bought, last = 0.0, 0, 0.0
            while True:
                at += dice.expovariate(rate) if rate > 0 else 1e9
                if at > age:
                    break
                bought, last = bought + 1, at
                if dice.random() < leaves:
                    break
            yield f"{bought},{last:.6f},{age:.6f}"
    return data / f"buyers-{options.customers}.csv", options.customers, lines


@made
def events(data, options):
    def lines():
        dice = random.Random(3)
        names = ["home", "search", "list", "view", "cart", "checkout", "pay", "order", "help", "return"]
        yield "user_id,timestamp,event"
        start, left, who = datetime.datetime(2026, 1, 1), options.events, 0
        while left > 0:
            who += 1
            at, now = start + datetime.timedelta(seconds=dice.randrange(86400 * 60)), dice.randrange(3)
            for _ in range(min(left, dice.randrange(5, 30))):
                yield f"u{who},{at:%Y-%m-%dT%H:%M:%SZ},{names[now]}"
                at += datetime.timedelta(seconds=dice.randrange(5, 90_000))
                now = (now + dice.choice((1, 1, 1, 2, 0, 8))) % 10
                left -= 1
    return data / f"events-{options.events}.csv", options.events, lines


@made
def journeys(data, _):
    def lines():
        dice, seen = random.Random(4), set()
        while len(seen) < 4_000:
            kind = dice.randrange(6)
            steps = tuple(dice.randrange(30) if dice.random() < 0.125 else kind * 5 + dice.randrange(5) for _ in range(dice.randrange(5, 16)))
            if steps not in seen:
                seen.add(steps)
                yield f"{dice.randrange(1, 21)},{'>'.join(map(str, steps))}"
    return data / "journeys.csv", 4_000, lines


def receipt(data, _):
    """The cases of the receipt log, where the reference data is."""
    import gzip
    import xml.etree.ElementTree as tree

    folder = Path(os.environ.get("PERIPLUS_REFERENCE", ROOT / ".." / "shared" / "reference")) / "data" / "xes"
    found = sorted(folder.glob("*receipt*.xes*"))
    if not found:
        return None
    opened = gzip.open(found[0]) if found[0].suffix == ".gz" else open(found[0], "rb")
    counts, n = {}, 0
    for trace in (one for one in tree.parse(opened).getroot() if one.tag.endswith("trace")):
        names = [field.get("value") for event in trace if event.tag.endswith("event") for field in event if field.get("key") == "concept:name"]
        counts[">".join(names)] = counts.get(">".join(names), 0) + 1
        n += 1
    path = data / "receipt.csv"
    path.write_text("".join(f"{count},{steps}\n" for steps, count in sorted(counts.items())))
    return path, n


MAKERS = {"markov": paths, "bg_nbd": buyers, "pareto_nbd": buyers, "follows": events, "alignments": receipt, "journeys": journeys}

PAGE = """# What it is worth: beside other libraries

`cargo xtask bench value --write` makes this page. Everybody gets the same file, on the same two cores, one after the other, and is timed without
reading it; of ours the best of three rounds counts. Only for *what follows what* ours is the whole program: it starts, reads its data folder and
answers. The others are Python libraries: ChannelAttribution simulates what we solve, lifetimes fits with scipy, pm4py counts and aligns.

"""


if __name__ == "__main__":
    main()
