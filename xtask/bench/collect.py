"""How fast what is sent is kept: `cargo xtask bench collect`.

The sender (crates/app/examples/storm.rs) runs on the same cores as the server. After each storm everything that was acknowledged
must be in the lake, once; the benchmark ends with an error when it is not.
"""

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

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
    result = {"machine": machine, "date": time.strftime("%Y-%m-%d", time.gmtime()), "seconds": options.seconds, "storms": results}
    text = render(result)
    print(text)
    if options.write:
        (DOCS / "collect.json").write_text(json.dumps(result, indent=1) + "\n")
        (DOCS / "collect.md").write_text(PAGE + text + "\n")
        say(f"recorded in {DOCS / 'collect.md'}")


def storm(options, name, connections, messages):
    folder = options.cache / "collect"
    shutil.rmtree(folder, ignore_errors=True)
    run = lambda *words: subprocess.run([options.periplus, *words, "--data", folder], check=True, capture_output=True, text=True).stdout
    key = json.loads(run("sources", "add", "storm", "--json"))["key"]
    server = subprocess.Popen(
        [options.periplus, "serve", "--listen", "127.0.0.1:0", "--rate", "0", "--data", folder], stdout=subprocess.PIPE, text=True
    )
    address = re.search(r"http://([^/]+)/", server.stdout.readline()).group(1)
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
    shutil.rmtree(folder)
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
    return f"{result['machine']}; {result['date']}; {result['seconds']:.0f} s each.\n\n" + "\n".join(lines)


PAGE = """# Collecting

`cargo xtask bench collect --write` wrote this page and [collect.json](collect.json). Senders and server share two cores. Every request is
answered when its bytes are on the disk (`fdatasync`), and at the same time what came before is put into the lake. *In the lake after*
is how long that took when the storm was over. Messages have about 500 bytes. Afterwards everything that was acknowledged is there, once.

"""


if __name__ == "__main__":
    main()
