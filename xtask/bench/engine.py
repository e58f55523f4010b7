"""Asks Periplus, ClickHouse, DuckDB and Polars the same journey questions of the same events, and compares.

Started by `cargo xtask bench engine`. Every system is a process of its own on the same two cores; they take turns, round
by round, so that a slow minute of the machine hits all of them. Periplus is asked as everybody asks it: by HTTP, of a data
folder that `periplus import` made. Whoever answers anything else than the others ends the benchmark.

The questions are in engine_questions.py, what the others are told in engine_peers.py, the events in engine_data.py. This
file is the referee; it uses nothing but Python itself.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

from engine_data import EVENTS_PER_CUSTOMER, FILE_ROWS_MAX, VERSION, Data, once
from engine_peers import SYSTEMS
from engine_questions import LATENCY, QUESTIONS, canonical
from house import DOCS, PACKAGES, environment, say, two_cores, warm

HERE = Path(__file__).resolve().parent
PARTS = ["questions", "lakes", "growth", "latency", "cluster"]
# Asked for by name: it needs a program that was built with the feature.
UNLESS_NAMED = ["cluster"]
OURS = "Periplus"
# Lakes beside the clean one: per cent of customers who are merged into another, and whether one event in five comes late.
LAKES = {
    "clean": (0, False),
    "1 % merged": (1, False),
    "10 % merged": (10, False),
    "20 % late": (0, True),
    "10 % merged, 20 % late": (10, True),
}
LAKE_QUESTIONS = ["funnel-3", "funnel-5", "transitions"]
# How many formulations of a system take part in the rounds.
FINALISTS = 2
LATENCY_ASKS = 50
# The lake itself has 22; on the way there rows lie in scratch files, and compaction writes before it deletes.
LAKE_BYTES_PER_EVENT = 60


def main():
    parser = argparse.ArgumentParser(prog="cargo xtask bench engine")
    parser.add_argument("--rows", type=int, default=50_000_000, help="events")
    parser.add_argument("--rounds", type=int, default=5, help="how often each system is asked each question, after a first time")
    parser.add_argument("--only", default=",".join(QUESTIONS), help="which questions")
    parser.add_argument("--peers", default="ClickHouse,DuckDB,Polars", help="which others; none with --peers ''")
    parser.add_argument("--parts", default=",".join(part for part in PARTS if part not in UNLESS_NAMED), help="which tables")
    parser.add_argument("--growth", type=int, default=1, metavar="TIMES", help="grow to so many times the rows, too")
    parser.add_argument("--latency", action="store_true", help="the same as --parts latency")
    parser.add_argument("--fresh", action="store_true", help="import anew, after a change of what an import writes")
    parser.add_argument("--write", action="store_true", help="record the result in docs/bench/")
    parser.add_argument("--periplus", type=Path, required=True, help="the program")
    parser.add_argument("--cache", type=Path, required=True, help="where data and packages go")
    options = parser.parse_args()
    parts = ["latency"] if options.latency else options.parts.split(",")
    only = options.only.split(",")
    for name, known in [(parts, PARTS), (only, QUESTIONS)]:
        if unknown := set(name) - set(known):
            sys.exit(f"{', '.join(unknown)} is none of {', '.join(known)}")
    if options.rows < 100_000 or options.rows > FILE_ROWS_MAX or options.rounds < 1:
        sys.exit(f"100,000 to {FILE_ROWS_MAX:,} rows and one round at least, please")

    machine = two_cores()
    bench = Bench(options, environment(options.cache))
    results = {}
    for part in parts:
        say(f"part: {part}")
        results[part] = {"machine": machine, "date": time.strftime("%Y-%m-%d", time.gmtime()), "rounds": options.rounds}
        results[part] |= getattr(bench, part)(only)
        print(f"\n{RENDER[part](results[part])}", flush=True)
    if options.write:
        record(results)


class Bench:
    def __init__(self, options, python):
        self.options = options
        self.python = python
        self.periplus = options.periplus
        self.data = Data(options.cache, options.rows)
        self.small = Data(options.cache, options.rows // 10)
        self.made = set()

    def make(self, what, data):
        """Has a part of a data set made, by a process that has the packages for it."""
        command = f"import engine_data; engine_data.make({what!r}, {str(self.options.cache)!r}, {data.rows})"
        quiet = subprocess.run([self.python, "-c", command], cwd=HERE, stdout=subprocess.DEVNULL)
        if quiet.returncode != 0:
            sys.exit(f"making {what} failed")

    # Questions: everybody is asked everything.

    def questions(self, only):
        peers = [name for name in SYSTEMS if name.split(",")[0] in self.options.peers.split(",")]
        for data in (self.small, self.data):
            for what in ["events"] + ["sorted", "clickhouse", "duckdb"] * bool(peers):
                self.make(what, data)
        return {"rows": self.data.rows, "packages": PACKAGES, "questions": {name: self.question(name, peers) for name in only}}

    def question(self, name, peers):
        # What Periplus answers is what the others are held against while their ways are tried.
        agreed = {data: self.agreed(name, data) for data in (self.small, self.data)}
        chosen = {peer: self.choose(peer, name, agreed) for peer in peers}
        agreed = agreed[self.data]
        lake = self.lake("clean", self.data)
        systems = {}
        if QUESTIONS[name].analysis:
            warm_folder(lake)
            systems[OURS] = Server(self, lake)
        warm(*([self.data.sorted, self.data.duckdb] if peers else []))
        if peers:
            warm_folder(self.data.clickhouse)
        systems |= {peer: Peer(self, peer, self.data) for peer in peers}
        # By system and formulation; Periplus has but one.
        runs = {(system, way): [] for system in systems for way in (chosen[system]["best"] if system in chosen else [None])}
        for _ in range(1 + self.options.rounds):
            for (system, way), done in runs.items():
                before = systems[system].cpu_seconds()
                answer = systems[system].ask(name, way)
                answer["cpu_seconds"] = systems[system].cpu_seconds() - before
                agreed.check(answer.pop("rows"), system)
                done.append(answer)
        result = {}
        for system, process in systems.items():
            ways = {way: done for (who, way), done in runs.items() if who == system}
            way = min(ways, key=lambda way: median(ways[way]))
            result[system] = {
                "first": next(iter(ways.values()))[0]["seconds"],
                "seconds": median(ways[way]),
                "cpu_seconds": statistics.median(run["cpu_seconds"] for run in ways[way][1:]),
                "peak_mib": process.peak_mib(),
                "runs": ways[way],
            }
            if system in chosen:
                others = {other: done for other, done in ways.items() if other != way}
                result[system] |= {
                    "formulation": way,
                    "next_best": others,
                    "tried": chosen[system]["tried"],
                    "wrong": chosen[system]["wrong"],
                }
            else:
                result[system]["server_ms"] = statistics.median(run["server_ms"] for run in ways[way][1:])
            process.end()
            say(f"{name}: {system} {result[system]['seconds']:.3f} s, {result[system]['peak_mib']:,.0f} MiB")
        return {"about": QUESTIONS[name].about, "systems": result}

    def agreed(self, name, data):
        agreed = Agreed(name)
        if QUESTIONS[name].analysis:
            server = Server(self, self.lake("clean", data))
            agreed.check(server.ask(name)["rows"], OURS)
            server.end()
        return agreed

    def choose(self, peer, name, agreed):
        """Tries every formulation on fewer events, and those that come near the fastest there on all. A wrong one is out."""
        tried, wrong, left = {}, {}, None
        for data in (self.small, self.data):
            process = Peer(self, peer, data)
            took = {}
            for formulation in left or process.formulations[name]:
                for _ in range(3):
                    answer = process.ask(name, formulation)
                    if difference := agreed[data].difference(answer["rows"], f"{peer} ({formulation})"):
                        wrong[formulation] = difference
                        took.pop(formulation, None)
                        say(difference)
                        break
                    took[formulation] = min(answer["seconds"], took.get(formulation, answer["seconds"]))
                    if took[formulation] > 2 * min(took.values()):
                        break
            process.end()
            if not took:
                sys.exit("no formulation is right")
            left = [formulation for formulation, seconds in took.items() if seconds < 2 * min(took.values())]
            tried[data.rows] = took
        best = sorted(took, key=took.get)[:FINALISTS]
        say(f"{name}: {peer} is fastest as {' or '.join(best)}")
        return {"best": best, "tried": tried, "wrong": wrong}

    # Lakes: Periplus alone, where customers were merged and events came late.

    def lakes(self, only):
        only = [name for name in only if name in LAKE_QUESTIONS]
        for what in ("events", "sorted", "links", "late"):
            self.make(what, self.data)
        lakes = {name: self.lake(name, self.data) for name in LAKES}
        expected = {percent: self.expected(percent, only) for percent in {percent for percent, _ in LAKES.values()}}
        results = {}
        for question in only:
            servers = {}
            for name, folder in lakes.items():
                warm_folder(folder)
                servers[name] = Server(self, folder)
            runs = {name: [] for name in servers}
            for turn in range(1 + self.options.rounds):
                for name, server in servers.items():
                    answer = server.ask(question)
                    agreed = Agreed(question, expected[LAKES[name][0]][question], "DuckDB")
                    agreed.check(answer["rows"], f"{OURS}, {name}")
                    runs[name].append(answer["seconds"])
            results[question] = {
                name: {
                    "first": seconds[0],
                    "seconds": statistics.median(seconds[1:]),
                    "runs": seconds,
                    "peak_mib": servers[name].peak_mib(),
                }
                for name, seconds in runs.items()
            }
            for name, server in servers.items():
                server.end()
                say(f"{question}: {name} {results[question][name]['seconds']:.3f} s")
        sizes = {name: folder_bytes(folder / "lake" / "events") for name, folder in lakes.items()}
        return {"rows": self.data.rows, "questions": results, "bytes": sizes}

    def expected(self, percent, only):
        """What is right when these customers are merged, by DuckDB."""
        command = [self.python, HERE / "engine_peers.py", "merged", self.options.cache, self.data.rows, percent, *only]
        said = subprocess.run([str(word) for word in command], cwd=HERE, stdout=subprocess.PIPE, check=True)
        return json.loads(said.stdout)

    def lake(self, name, data):
        """The data folder of a lake, imported once."""
        percent, late = LAKES[name]
        folder = data.lake(name.replace(" %", "").replace(", ", "-").replace(" ", "-"))
        if self.options.fresh and folder not in self.made:
            shutil.rmtree(folder, ignore_errors=True)
        self.made.add(folder)

        def fill(out):
            steps = []
            if late:
                steps.append(self.load(data.on_time(), out))
                steps += [self.load(file, out, "--no-compact") for file in data.late()]
            else:
                for number, file in enumerate(data.events()):
                    # Of a data set in several files, only one at a time is on the disk, and none afterwards.
                    self.make(f"events {number}", data)
                    steps.append(self.load(file, out))
                    if data.rows > FILE_ROWS_MAX:
                        file.unlink()
                        # Older versions of a lake that large would take more room than itself.
                        forget = [self.periplus, "lake", "compact", "--keep-days", "0", "--data", out]
                        subprocess.run(forget, check=True, stdout=subprocess.DEVNULL)
            if percent:
                steps.append(self.load(data.links(percent), out, "--no-compact"))
            how = {"seconds": sum(step["seconds"] for step in steps), "peak_mib": max(step["peak_mib"] for step in steps)}
            folder.with_suffix(".json").write_text(json.dumps(how))

        once(folder, fill)
        return folder

    def load(self, file, folder, *arguments):
        """Imports; answers the seconds and the peak memory."""
        command = [self.periplus, "import", file, "--mapping", HERE / "engine.toml", "--data", folder, "--quiet", *arguments]
        start = time.monotonic()
        child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"the import of {file} failed with exit code {child.returncode}")
        return {"seconds": time.monotonic() - start, "peak_mib": usage.ru_maxrss / 1024}

    # Growth: Periplus alone, with ten times less and more of everything.

    def growth(self, only):
        largest = self.data.rows * self.options.growth
        needed = largest * LAKE_BYTES_PER_EVENT
        if self.options.growth > 1 and shutil.disk_usage(self.options.cache).free < needed:
            sys.exit(f"to grow to {largest:,} events takes {needed / 1e9:,.0f} GB of disk")
        only = [name for name in only if QUESTIONS[name].analysis]
        sizes = [self.small.rows, self.data.rows] + [largest] * (self.options.growth > 1)
        return {"sizes": {rows: self.grown(Data(self.options.cache, rows), only) for rows in sizes}}

    def grown(self, data, only):
        lake = self.lake("clean", data)
        warm_folder(lake)
        asked = {}
        for name in only:
            # Nothing is kept in memory, so that all sizes go the same way: the largest does not fit.
            server = Server(self, lake, "--memory", "0", "--ask-seconds", "600")
            seconds = [server.ask(name)["seconds"] for _ in range(1 + self.options.rounds)]
            asked[name] = {"first": seconds[0], "seconds": statistics.median(seconds[1:]), "runs": seconds, "peak_mib": server.peak_mib()}
            server.end()
            say(f"{data.rows:,} events: {name} {asked[name]['seconds']:.3f} s, {asked[name]['peak_mib']:,.0f} MiB")
        return {
            "import": json.loads(lake.with_suffix(".json").read_text()),
            "bytes": folder_bytes(lake / "lake" / "events"),
            "questions": asked,
        }

    # Latency: small questions of the demo's data.

    def latency(self, only):
        folder = self.options.cache / "demo"
        if self.options.fresh:
            shutil.rmtree(folder, ignore_errors=True)
        once(
            folder,
            lambda out: subprocess.run(
                [self.periplus, "demo", "--no-serve", "--quiet", "--data", out], check=True, stdout=subprocess.DEVNULL
            ),
        )
        warm_folder(folder / "lake")
        server = Server(self, folder)
        results = {}
        for name, (analysis, question) in LATENCY.items():
            runs = [server.post(analysis, question) for _ in range(1 + LATENCY_ASKS)]
            seconds = sorted(run["seconds"] for run in runs[1:])
            results[name] = {
                "analysis": analysis,
                "question": question,
                "first_ms": runs[0]["seconds"] * 1e3,
                "median_ms": statistics.median(seconds) * 1e3,
                "p99_ms": seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))] * 1e3,
                "server_ms": statistics.median(run["server_ms"] for run in runs[1:]),
            }
            events, customers = (runs[0]["meta"][word] for word in ("events", "customers"))
        server.end()
        return {"asks": LATENCY_ASKS, "events": events, "customers": customers, "questions": results}


    # Cluster: the same questions, counted by one executor and by two, each with one thread.

    def cluster(self, only):
        lake = self.lake("clean", self.data)
        warm_folder(lake)
        only = [name for name in only if QUESTIONS[name].analysis]
        local = Server(self, lake)
        alone = {name: self.timed(local, name) for name in only}
        local.end()
        machines = {}
        for executors in (1, 2):
            scheduler = Machine(self, "scheduler", "--listen", "127.0.0.1:0")
            workers = [
                Machine(self, "executor", "--scheduler", scheduler.address, "--parts", lake, "--threads", "1") for _ in range(executors)
            ]
            server = Server(self, lake, "--cluster", scheduler.address)
            machines[executors] = {name: self.timed(server, name) for name in only}
            for name in only:
                if machines[executors][name]["rows"] != alone[name]["rows"]:
                    sys.exit(f"{name}: {executors} executors answer otherwise than one machine")
            for process in [server, *workers, scheduler]:
                process.end()
        for asked in [alone, *machines.values()]:
            for one in asked.values():
                del one["rows"]
        return {"rows": self.data.rows, "alone": alone, "executors": machines}

    def timed(self, server, name):
        asked = [server.ask(name) for _ in range(1 + self.options.rounds)]
        seconds = [one["seconds"] for one in asked]
        say(f"{name}: {statistics.median(seconds[1:]):.3f} s")
        return {"first": seconds[0], "seconds": statistics.median(seconds[1:]), "runs": seconds, "rows": asked[0]["rows"]}


class Agreed:
    """The rows that everybody must return; the first to answer sets them."""

    def __init__(self, question, rows=None, who=None):
        self.question, self.rows, self.who = question, rows, who

    def difference(self, rows, who):
        rows = canonical(self.question, rows)
        if self.rows is None:
            self.rows, self.who = rows, who
        if rows == self.rows:
            return None
        these, those = ({json.dumps(row) for row in some} for some in (rows, self.rows))
        return (
            f"{self.question}: {who} and {self.who} differ\n"
            f"only {who}: {sorted(these - those)[:5]}\nonly {self.who}: {sorted(those - these)[:5]}"
        )

    def check(self, rows, who):
        if difference := self.difference(rows, who):
            sys.exit(difference)


class Process:
    """A system under test."""

    def cpu_seconds(self):
        """What all of its threads have spent so far, in steps of a hundredth."""
        after_name = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self):
        for line in Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait()


class Peer(Process):
    def __init__(self, bench, system, data):
        command = [bench.python, HERE / "engine_peers.py", system, bench.options.cache, data.rows]
        self.system = system
        self.child = subprocess.Popen([str(word) for word in command], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.formulations = self.listen()

    def listen(self):
        line = self.child.stdout.readline()
        if not line:
            sys.exit(f"{self.system} ended without an answer")
        return json.loads(line)

    def ask(self, name, formulation):
        print(json.dumps([name, formulation]), file=self.child.stdin, flush=True)
        answer = self.listen()
        if "error" in answer:
            sys.exit(f"{name}: {self.system} fails at '{formulation}': {answer['error']}")
        return answer

    def end(self):
        # ClickHouse closes its tables when it is asked to end, not when it is told to.
        self.child.stdin.close()
        self.child.wait()


class Machine(Process):
    """A scheduler or an executor."""

    def __init__(self, bench, kind, *options):
        command = [bench.periplus, "cluster", kind, *options]
        self.child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        said = self.child.stdout.readline()
        found = re.search(r"[0-9.]+:[0-9]+", said)
        if not found:
            sys.exit(f"`periplus cluster {kind}` did not start, or the program was built without the feature: say --with-cluster")
        self.address = found.group(0)


class Server(Process):
    def __init__(self, bench, folder, *options):
        log = bench.options.cache / "serve.txt"
        command = [bench.periplus, "serve", "--no-collect", "--listen", "127.0.0.1:0", "--data", folder, *options]
        with open(log, "wb") as out:
            self.child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        patience = time.monotonic() + 60
        while "http://" not in (said := log.read_text()) or "\n" not in said:
            if self.child.poll() is not None or time.monotonic() > patience:
                sys.exit(f"`periplus serve` did not start:\n{said}")
            time.sleep(0.01)
        self.line = http.client.HTTPConnection(said.split("http://")[1].split("/")[0], timeout=3600)

    def ask(self, name, _=None):
        question = QUESTIONS[name]
        # A connection that waited while others had their turn may have been closed.
        self.line.close()
        answer = self.post(question.analysis, question.question)
        return {"seconds": answer["seconds"], "server_ms": answer["server_ms"], "rows": question.rows(answer["view"])}

    def post(self, analysis, question):
        start = time.monotonic()
        # No cache: an answer that was kept would say nothing about the time it takes to find it.
        headers = {"Content-Type": "application/json", "Cache-Control": "no-cache"}
        self.line.request("POST", f"/api/ask/{analysis}", json.dumps(question), headers)
        response = self.line.getresponse()
        body = response.read()
        seconds = time.monotonic() - start
        if response.status != 200:
            sys.exit(f"Periplus answers {response.status} to {analysis}: {body.decode()}")
        answer = json.loads(body)
        return {"seconds": seconds, "server_ms": answer["meta"]["wall_ms"], "view": answer["view"], "meta": answer["meta"]}


def median(runs):
    """The first time does not count."""
    return statistics.median(run["seconds"] for run in runs[1:])


def warm_folder(folder):
    warm(*(path for path in folder.rglob("*") if path.is_file()))


def folder_bytes(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


# The tables.


def table(head, rows):
    lines = [
        "| " + " | ".join(head) + " |",
        "|" + "|".join("---" if place == 0 or not title.endswith(" ") else "---:" for place, title in enumerate(head)) + "|",
    ]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]) + "\n"


def seconds(value):
    return f"{value:.3f} s" if value < 1 else f"{value:.2f} s"


def times(ours, theirs):
    """How many times as long they took, round by round; the first time is not counted."""
    pairs = zip(ours["runs"][1:], theirs["runs"][1:])
    return statistics.median(other["seconds"] / our["seconds"] for our, other in pairs)


def render_questions(result):
    short, long = [], []
    houses = ["ClickHouse", "DuckDB", "Polars"]
    for name, asked in result["questions"].items():
        systems = asked["systems"]
        ours = systems.get(OURS)
        cells = [name, seconds(ours["seconds"]) if ours else "–"]
        for house in houses:
            best = min((one for system, one in systems.items() if system.startswith(house)), key=lambda one: one["seconds"], default=None)
            ratio = f", {times(ours, best):.2f} ×" if ours and best else ""
            cells.append(f"{seconds(best['seconds'])}{ratio}" if best else "–")
        short.append(cells)
        for system, one in systems.items():
            how = one.get("formulation") or f"{one['server_ms'] / 1e3:.3f} s of them in the server"
            rate = f"{result['rows'] / one['seconds'] / 1e6:,.0f}"
            ratio = f"{times(ours, one):.2f}" if ours and system != OURS else ""
            long.append(
                [
                    name,
                    system,
                    how,
                    seconds(one["first"]),
                    seconds(one["seconds"]),
                    f"{one['cpu_seconds']:.2f} s",
                    rate,
                    f"{one['peak_mib']:,.0f}",
                    ratio,
                ]
            )
    about = "\n".join(f"- **{name}**: {asked['about']}" for name, asked in result["questions"].items())
    return (
        f"{result['rows']:,} events; {result['machine']}; {result['date']}. Median of {result['rounds']} rounds, and how many times as long as Periplus it is.\n\n"
        + table(["question", "Periplus ", "best ClickHouse ", "best DuckDB ", "best Polars "], short)
        + f"\n{about}\n\n"
        + table(
            ["question", "system", "formulation", "first ", "median ", "CPU ", "million events/s ", "peak MiB ", "times Periplus "], long
        )
    )


def render_lakes(result):
    rows = []
    for question, lakes in result["questions"].items():
        clean = lakes["clean"]
        for name, one in lakes.items():
            pairs = zip(one["runs"][1:], clean["runs"][1:])
            ratio = statistics.median(this / that for this, that in pairs)
            size = f"{result['bytes'][name] / 1e6:,.0f}"
            rows.append([question, name, seconds(one["first"]), seconds(one["seconds"]), f"{ratio:.2f}", f"{one['peak_mib']:,.0f}", size])
    return f"{result['rows']:,} events; {result['machine']}; {result['date']}. Median of {result['rounds']} rounds.\n\n" + table(
        ["question", "lake", "first ", "median ", "times clean ", "peak MiB ", "MB of events "], rows
    )


def render_growth(result):
    rows = []
    for size, one in result["sizes"].items():
        n = int(size)
        # It is struck out by hand where the machine did something else meanwhile.
        if took := one["import"]:
            rows.append([f"{n:,}", "the import", "", seconds(took["seconds"]), f"{took['seconds'] / n * 1e9:,.1f}", f"{took['peak_mib']:,.0f}"])
        for name, asked in one["questions"].items():
            per = f"{asked['seconds'] / n * 1e9:,.1f}"
            rows.append([f"{n:,}", name, seconds(asked["first"]), seconds(asked["seconds"]), per, f"{asked['peak_mib']:,.0f}"])
    return f"{result['machine']}; {result['date']}. Median of {result['rounds']} rounds.\n\n" + table(
        ["events", "question", "first ", "median ", "ns per event ", "peak MiB "], rows
    )


def render_latency(result):
    rows = [
        [name, f"{one['first_ms']:.1f} ms", f"{one['median_ms']:.1f} ms", f"{one['p99_ms']:.1f} ms", f"{one['server_ms']:.1f} ms"]
        for name, one in result["questions"].items()
    ]
    return f"{result['events']:,} events of {result['customers']:,} customers; {result['machine']}; {result['date']}.\n\n" + table(
        ["question", "first ", "median ", "p99 ", "median in the server "], rows
    )


def render_cluster(result):
    rows = []
    for name, alone in result["alone"].items():
        one, two = (result["executors"][key][name] for key in sorted(result["executors"], key=int))
        row = [alone["seconds"], one["seconds"], two["seconds"]]
        firsts = [one["first"], two["first"]]
        rows.append([name, *map(seconds, row), f"{row[1] / row[2]:.2f}", *map(seconds, firsts), f"{firsts[0] / firsts[1]:.2f}"])
    return f"{result['rows']:,} events; {result['machine']}; {result['date']}. Median of {result['rounds']} rounds.\n\n" + table(
        ["question", "no cluster ", "1 executor ", "2 executors ", "1 : 2 ", "first, 1 ", "first, 2 ", "first, 1 : 2 "], rows
    )


RENDER = {"questions": render_questions, "lakes": render_lakes, "growth": render_growth, "latency": render_latency, "cluster": render_cluster}


# The record.


def record(results):
    """Parts that were not measured this time stay as they were."""
    DOCS.mkdir(parents=True, exist_ok=True)
    file = DOCS / "engine.json"
    written = (json.loads(file.read_text()) if file.exists() else {}) | json.loads(json.dumps(results))
    file.write_text(json.dumps(written, indent=1) + "\n")
    told = {part: STORY[part] + "\n" + RENDER[part](written[part]).strip() + "\n" for part in PARTS if part in written}
    (DOCS / "engine.md").write_text(INTRODUCTION + "\n" + "\n".join(told.values()))
    say(f"recorded in {DOCS / 'engine.md'}")


INTRODUCTION = f"""# Engine

`cargo xtask bench engine --write` wrote this page and [engine.json](engine.json), which also has every single run and every
formulation that was tried. The events are made by a program with a seed (version {VERSION}): {EVENTS_PER_CUSTOMER} per
customer on average and some customers with hundreds, 30 names by Zipf's law, 90 days, no two events of a customer at the
same millisecond.
"""

STORY = {
    "questions": f"""## The same questions to everybody

All systems have two threads and the same two cores, and lie in the file cache. They take turns, round by round. *First* is the
first answer of a new process. For Periplus the clock runs from sending the question by HTTP until the answer has
arrived, with the header `Cache-Control: no-cache`; for the others from the call of their Python package until its rows
are there ({", ".join(PACKAGES[:3])}). *CPU* is what all threads together spent. The benchmark ends with an error when the
answers are not the same.

- **Periplus**: a data folder made by `periplus import`; the answers also have what was not compared: medians of waits, starts and
  ends, positions, intervals.
- **ClickHouse, table**: a MergeTree ordered by customer and time, merged to one part (`OPTIMIZE FINAL`), names as `Enum8`.
- **DuckDB, table**: a table in a file, filled in the order of customer and time, names as `ENUM`.
- **Parquet**: one file, sorted by customer and time, names as text; Polars reads it lazily.

Each of the others is asked in every way that we could think of: all of them on a tenth of the events, those that come near the
fastest there on all events, and the best two in the rounds, of which the faster counts. A formulation that answers otherwise
than Periplus does is out, and is named in the JSON. Several of these rely on the order
in which rows are stored, which SQL does not promise: *as read* and *as stored* are right because the tables were written in one
piece in this order and nothing was added since, and because ids are numbers and times are different. Periplus needs none of it.
""",
    "lakes": """## Merged customers and late events

Periplus alone. *Merged*: so many per cent of the customers turned out, in a later import, to be somebody else's second loyalty card.
*Late*: one event in five came in four later imports, for all of the months. Nothing was compacted afterwards. Each answer equals
DuckDB's over the same events with the same customers merged.
""",
    "growth": """## Growth

Periplus alone: ten times the customers, with as many events each. Nothing is kept in memory (`serve --memory 0`), so that all
sizes go the same way, from Parquet in the file cache; the first table says what it takes where all fits. Peak memory is the server's,
which was started for the question.
""",
    "latency": f"""## Small questions

`periplus demo`'s data, by HTTP over one connection, {LATENCY_ASKS} times each, with `Cache-Control: no-cache`.
""",
    "cluster": """## One executor and two

The same questions, counted by the cluster (`cargo xtask bench engine --with-cluster --parts cluster`): scheduler, executors and server
as processes of one machine with two cores, each executor with one thread. *No cluster* has two threads in one process. The first
question finds nothing in the executors' memory; the others find their ranges put together. What is lost: every share that is handed
out waits some fifty milliseconds for an executor to ask for it, and the client asks now and then whether all are counted. That is
most of what these questions take; it is the same for two executors as for one, so the less there is to count, the less the second one helps.
""",
}


if __name__ == "__main__":
    main()
