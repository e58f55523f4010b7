"""What a collector would cost at least that keeps its requests in PostgreSQL before it answers, as RudderStack's server does.

pgbench inserts the same messages as our storms send into a table of jobs, each insert durable before it is confirmed. There is no HTTP, no
write key, nothing but PostgreSQL's own reading of JSON, and nothing is done with the rows afterwards: whatever a collector does comes on top.
"""

import glob
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from house import say

CLIENTS = 32
TABLE = "CREATE TABLE jobs (uuid uuid PRIMARY KEY, payload jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now())"
# As crates/app/examples/storm.rs sends it.
MESSAGE = json.dumps(
    {
        "type": "track", "event": "Product Viewed", "messageId": "storm-31337-17-123456", "anonymousId": "browser-4711",
        "context": {"page": {"url": "https://shop.example/product/4711", "path": "/product/4711", "title": "Shirt"}, "library": {"name": "analytics.js", "version": "5.2.1"}, "locale": "de-DE"},
        "properties": {"product_id": "p-211", "price": 39.9, "category": "shirts", "position": 7},
        "writeKey": "0123456789abcdef0123456789abcdef",
    },
    separators=(",", ":"),
)  # fmt: skip
# Half a gigabyte is more than all that is inserted; a checkpoint every few seconds would be unfair.
SETTINGS = {"fsync": "on", "synchronous_commit": "on", "shared_buffers": "512MB", "max_wal_size": "8GB", "listen_addresses": "''"}


def programs():
    """Where PostgreSQL's programs are; nothing when they are not all there."""
    for folder in [Path(shutil.which("initdb") or "/nowhere").resolve().parent, *map(Path, sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True))]:
        if all((folder / name).exists() for name in ["initdb", "pg_ctl", "pgbench", "psql"]):
            return folder
    return None


def measure(seconds):
    """Rows a second and how long an insert takes, one row at a time and a hundred; nothing where there is no PostgreSQL."""
    found = programs()
    if found is None:
        say("PostgreSQL is left out, because it is not here (Debian's package is postgresql)")
        return None
    # It refuses to be root, and the cache may lie where only root may go.
    folder = Path(tempfile.mkdtemp(prefix="periplus-bench-"))
    as_somebody = []
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
        as_somebody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    data = folder / "data"

    def run(name, *words):
        return subprocess.run([*as_somebody, found / name, *map(str, words)], check=True, capture_output=True, text=True, cwd=folder).stdout

    ask = lambda statement: run("psql", "-h", folder, "-U", "bench", "-d", "postgres", "-X", "-At", "-c", statement).strip()
    run("initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-locale")
    with open(data / "postgresql.auto.conf", "a") as settings:
        settings.writelines(f"{name} = {value}\n" for name, value in SETTINGS.items())
    run("pg_ctl", "-D", data, "-o", f"-k {folder}", "-l", folder / "log", "-w", "start")
    try:
        results = {"version": ask("SHOW server_version").split()[0]}
        for name, rows in {"single events": 1, "batches of 100": 100}.items():
            ask("DROP TABLE IF EXISTS jobs")
            ask(TABLE)
            ask("CHECKPOINT")
            script = folder / f"{rows}.sql"
            script.write_text("INSERT INTO jobs (uuid, payload) VALUES " + ", ".join(["(gen_random_uuid(), :message)"] * rows) + ";\n")
            run("pgbench", "-h", folder, "-U", "bench", "-n", "-M", "prepared", "-c", CLIENTS, "-j", 2, "-T", seconds, "-D", f"message={MESSAGE}",
                "-f", script, "-l", "--log-prefix", folder / f"times-{rows}", "postgres")  # fmt: skip
            took = sorted(int(line.split()[2]) / 1e3 for log in folder.glob(f"times-{rows}.*") for line in log.read_text().splitlines())
            stored = int(ask("SELECT count(*) FROM jobs"))
            if stored != len(took) * rows:
                raise SystemExit(f"PostgreSQL confirmed {len(took) * rows:,} rows, and has {stored:,}")
            at = lambda share: took[min(len(took) - 1, int(len(took) * share))]
            results[name] = {"rows": stored, "seconds": seconds, "p50_ms": at(0.5), "p99_ms": at(0.99), "p999_ms": at(0.999)}
            say(f"PostgreSQL, {name}: {stored / seconds:,.0f} rows/s")
        return results
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)
