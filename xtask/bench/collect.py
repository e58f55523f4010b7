"""How fast what is sent is kept: `cargo xtask bench collect`.

The sender (crates/app/examples/storm.rs) runs on the same cores as the server. After each storm everything that was acknowledged
must be in the lake, once; the benchmark ends with an error when it is not.
"""

import argparse
import http.client
import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import collect_postgres
from house import DOCS, say, two_cores

# Connections, messages of a request.
STORMS = {"single events": (64, 1), "batches of 100": (16, 100), "ten times too much": (640, 1)}


def main():
    parser = argparse.ArgumentParser(prog="cargo xtask bench collect")
    parser.add_argument("--seconds", type=float, default=20, help="how long each storm takes")
    parser.add_argument("--write", action="store_true", help="record the result in docs/bench/")
    parser.add_argument("--periplus", type=Path, required=True, help="the program")
    parser.add_argument("--cache", type=Path, required=True, help="where data goes")
    options = parser.parse_args()
    machine = two_cores()
    results = {name: storm(options, name, *storm_of) for name, storm_of in STORMS.items()}
    peer = collect_postgres.measure(options.seconds)
    fresh = freshness(options)
    result = {"machine": machine, "date": time.strftime("%Y-%m-%d", time.gmtime()), "seconds": options.seconds, "storms": results, "postgres": peer, "freshness": fresh}
    text = render(result)
    print(text)
    if options.write:
        (DOCS / "collect.json").write_text(json.dumps(result, indent=1) + "\n")
        (DOCS / "collect.md").write_text(PAGE + text + "\n")
        say(f"recorded in {DOCS / 'collect.md'}")


# Of the freshness: events a second, and of how many devices; one in ten messages says whose device it is.
RATE, BATCH, DEVICES = 5_000, 50, 20_000


def start(options):
    """A server over an empty folder; answers how to run other commands, the write key, the process and its address."""
    folder = options.cache / "collect"
    shutil.rmtree(folder, ignore_errors=True)
    run = lambda *words: subprocess.run([options.periplus, *words, "--data", folder], check=True, capture_output=True, text=True).stdout
    key = json.loads(run("sources", "add", "storm", "--json"))["key"]
    server = subprocess.Popen(
        [options.periplus, "serve", "--listen", "127.0.0.1:0", "--rate", "0", "--data", folder], stdout=subprocess.PIPE, text=True
    )
    return run, key, server, re.search(r"http://([^/]+)/", server.stdout.readline()).group(1)


def freshness(options):
    """How long after it is acknowledged an event of an unknown device is on the right customer's journey."""
    run, key, server, address = start(options)
    ended, sent = threading.Event(), [0]

    def post(connection, messages):
        connection.request("POST", "/v1/batch", json.dumps({"writeKey": key, "batch": messages}), {"Host": "localhost"})
        reply = connection.getresponse()
        reply.read()
        if reply.status != 200:
            sys.exit(f"a batch was answered with {reply.status}")

    def send():
        connection = http.client.HTTPConnection(address)
        begun = time.monotonic()
        while not ended.is_set():
            messages = []
            for number in range(sent[0], sent[0] + BATCH):
                device = number * 2_654_435_761 % DEVICES
                kind = {"type": "identify", "userId": f"user-{device // 2}"} if number % 10 == 0 else {"type": "track", "event": "Product Viewed"}
                messages.append(kind | {"messageId": f"m{number}", "anonymousId": f"device-{device}", "properties": {"product_id": f"p-{device % 500}", "text": "x" * 200}})
            post(connection, messages)
            sent[0] += BATCH
            time.sleep(max(0, begun + sent[0] / RATE - time.monotonic()))

    sender = threading.Thread(target=send)
    sender.start()
    begun, waits = time.monotonic(), []
    connection = http.client.HTTPConnection(address)
    while time.monotonic() < begun + 3 * options.seconds:
        probe = f"probe-{len(waits)}"
        post(connection, [{"type": "track", "event": "Seen First", "anonymousId": f"device-of-{probe}", "messageId": f"{probe}-1"}])
        post(connection, [{"type": "identify", "userId": probe, "anonymousId": f"device-of-{probe}", "messageId": f"{probe}-2"}])
        acknowledged = time.monotonic()
        while True:
            connection.request("GET", f"/api/customers/user_id:{probe}", headers={"Host": "localhost"})
            customers = json.loads(connection.getresponse().read())["customers"]
            if customers and customers[0]["events"]:
                break
            time.sleep(0.05)
        waits.append(time.monotonic() - acknowledged)
        time.sleep(0.2)
    seconds = time.monotonic() - begun
    ended.set()
    sender.join()
    server.send_signal(signal.SIGTERM)
    server.wait()
    counts = json.loads(run("sources", "list", "--json"))["sources"][0]["collected"]
    if counts["messages"] != sent[0] + 2 * len(waits) or counts["quarantined"] or counts["duplicates"]:
        sys.exit(f"{sent[0]:,} messages and {len(waits)} probes were acknowledged, and what is there is {counts}")
    waits.sort()
    shutil.rmtree(options.cache / "collect")
    fresh = {"events_per_second": sent[0] / seconds, "seconds": seconds, "probes": len(waits)}
    fresh |= {name: waits[min(len(waits) - 1, int(len(waits) * share))] for name, share in {"p50": 0.5, "p99": 0.99, "most": 1.0}.items()}
    say(f"freshness: p50 {fresh['p50']:.2f} s, p99 {fresh['p99']:.2f} s at {fresh['events_per_second']:,.0f} events/s")
    return fresh


def storm(options, name, connections, messages):
    run, key, server, address = start(options)
    sender = options.periplus.parent / "examples" / "storm"
    sent = json.loads(subprocess.run([sender, address, key, str(connections), str(options.seconds), str(messages)], check=True, capture_output=True, text=True).stdout)
    begun = time.monotonic()
    # It ends when everything is in the lake.
    peak = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{server.pid}/status").read_text()).group(1)) / 1024
    server.send_signal(signal.SIGTERM)
    server.wait()
    sent["landed_after"] = time.monotonic() - begun
    sent["peak_mib"] = peak
    counts = json.loads(run("sources", "list", "--json"))["sources"][0]["collected"]
    # What was kept and never answered, when the storm ended, may be there besides.
    if not sent["messages"] <= counts["stored"] <= sent["messages"] + connections * messages or counts["duplicates"] or counts["quarantined"]:
        sys.exit(f"{name}: {sent['messages']:,} messages were acknowledged, and what is there is {counts}")
    sent["stored"] = counts["stored"]
    shutil.rmtree(options.cache / "collect")
    say(f"{name}: {sent['messages'] / sent['seconds']:,.0f} messages/s")
    return sent


def render(result):
    lines = [
        "| storm | connections | requests/s | events/s | p50 | p99 | p99.9 | refused | in the lake after | peak MiB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, one in result["storms"].items():
        refused = sum(count for status, count in one["statuses"].items() if status != "200")
        lines.append(
            f"| {name} | {STORMS[name][0]} | {one['accepted'] / one['seconds']:,.0f} | {one['messages'] / one['seconds']:,.0f} | {one['p50_ms']:.1f} ms "
            f"| {one['p99_ms']:.1f} ms | {one['p999_ms']:.1f} ms | {refused:,} | {one['landed_after']:.1f} s | {one['peak_mib']:,.0f} |"
        )
    fresh = result["freshness"]
    told = (
        f"At {fresh['events_per_second']:,.0f} events a second for {fresh['seconds']:.0f} s, one in ten of which says whose device it is, the event of a new device was on the "
        f"journey of the customer that a later message says it is of {fresh['p50']:.2f} s after that was acknowledged (p50 of {fresh['probes']}), at p99 {fresh['p99']:.2f} s, at most {fresh['most']:.2f} s."
    )
    return f"{result['machine']}; {result['date']}; {result['seconds']:.0f} s each.\n\n" + "\n".join(lines) + "\n\n" + told + beside(result)


def beside(result):
    """What PostgreSQL came to, and how it compares."""
    if not result["postgres"]:
        return ""
    lines = [
        f"\n\n**Beside PostgreSQL {result['postgres']['version']}.** Collectors often keep what they were sent in a database before they answer; RudderStack's server keeps it in a table of "
        f"PostgreSQL. On the same cores in the same run, `pgbench` inserted messages of the same size into such a table (`uuid` as primary key, `payload jsonb`, `created_at`), "
        f"by prepared statements of {collect_postgres.CLIENTS} clients over a local socket, with `fsync` and `synchronous_commit` on. That is without HTTP, without keys and limits, without looking at "
        "the message any further than `jsonb` does, and without doing anything with it afterwards, all of which is in our figures: it is a lower bound of what such a collector costs.",
        "",
        "| | rows/s | p50 | p99 | p99.9 | Periplus, events/s | ratio |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name in ["single events", "batches of 100"]:
        theirs, ours = result["postgres"][name], result["storms"][name]
        rates = theirs["rows"] / theirs["seconds"], ours["messages"] / ours["seconds"]
        lines.append(f"| {name} | {rates[0]:,.0f} | {theirs['p50_ms']:.1f} ms | {theirs['p99_ms']:.1f} ms | {theirs['p999_ms']:.1f} ms | {rates[1]:,.0f} | {rates[1] / rates[0]:.1f} |")
    return "\n".join(lines)


PAGE = """# Collecting

`cargo xtask bench collect --write` wrote this page and [collect.json](collect.json). Senders and server share two cores. Every request is
answered when its bytes are on the disk (`fdatasync`), and at the same time what came before is put into the lake. *In the lake after*
is how long that took when the storm was over. Messages have about 500 bytes. Afterwards everything that was acknowledged is there, once.

"""


if __name__ == "__main__":
    main()
