"""Whether findings find what was planted, and nothing else: `cargo xtask bench findings`.

Companies are simulated with pains and delights that are drawn anew for every seed: what, where, to whom, when, how badly. Each is imported and
asked for its findings with the retailer's map, which knows nothing of what was planted. Then the same data is asked again and again with groups
and days dealt out anew (`"shuffle"`): whatever is found there is a false alarm.
"""

import argparse
import datetime
import json
import random
import re
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from house import DOCS, say, two_cores

ROOT = Path(__file__).resolve().parents[2]
RETAILER = ROOT / "examples" / "retailer"
FILES = ["crm", "store_sales", "email", "surveys", "deliveries", "returns", "loyalty", "reviews", "referrals"]
START = datetime.date(2025, 1, 1)
DAYS = 365

# Where the map tells what the simulation calls its touchpoints.
PLACES = {
    "ad_click": ["social-ad", "ad"],
    "home": ["home", "home-app"],
    "product_list": ["catalogue"],
    "product_search": ["search"],
    "product_view": ["product"],
    "cart": ["cart"],
    "checkout_start": ["checkout", "account"],
    "shipping_details": ["address-form", "address-phone", "address"],
    "payment_info": ["payment-app", "payment"],
    "order": ["order"],
    "store_purchase": ["store-purchase", "points"],
    "delivery": ["order", "parcel"],
    "return": ["return"],
    "support_call": ["call"],
    "support_chat": ["chat"],
}
# Neighbours on the way: an error in the payment shows at the address that was sent before as well.
BESIDE = {"payment_info": ["address", "address-phone", "error"], "shipping_details": ["checkout", "account"], "checkout_start": ["cart"]}
# How the groups of the simulation can be told from the data.
PLATFORMS = {"mobile_web": ["phone", "mobile", "android", "ios"], "app": ["app", "android", "ios"], "desktop_web": ["desktop", "windows", "macos"], "tablet_web": ["tablet"]}


def main():
    parser = argparse.ArgumentParser(prog="cargo xtask bench findings")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--sizes", default="4000,8000,16000", help="customers, taken in turn")
    parser.add_argument("--shuffles", type=int, default=10, help="for each company")
    parser.add_argument("--write", action="store_true", help="record the result in docs/bench/")
    parser.add_argument("--periplus", type=Path, required=True, help="the program")
    parser.add_argument("--cache", type=Path, required=True, help="where data goes")
    options = parser.parse_args()
    machine = two_cores()
    sizes = [int(size) for size in options.sizes.split(",")]
    rows, alarms, walls = [], [], []
    for seed in range(1, options.seeds + 1):
        found, planted, shuffled, wall = company(options, seed, sizes[seed % len(sizes)])
        rows += planted
        alarms += shuffled
        walls.append(wall)
        told = [row for row in planted if row["counts"]]
        say(f"seed {seed}: {sum(row['rank'] is not None and row['rank'] <= 10 for row in told)} of {len(told)} planted in the top 10, {sum(shuffled)} of {len(shuffled)} shuffled copies with an alarm, {wall['seconds']:.1f} s for {wall['events']:,} events")
        for row in planted:
            say(f"    {row['name']}: rank {row['rank']}, {row['affected']} affected, {row['effect']:+.1%}{'' if row['counts'] else ' (too small to count)'}{'' if row['onset'] is None else ', onset %+d d' % row['onset']}")
    result = {"machine": machine, "date": time.strftime("%Y-%m-%d", time.gmtime()), "planted": rows, "alarms": alarms, "walls": walls}
    text = render(result)
    print(text)
    if options.write:
        (DOCS / "findings.json").write_text(json.dumps(result, indent=1) + "\n")
        (DOCS / "findings.md").write_text(PAGE + text + "\n")
        say(f"recorded in {DOCS / 'findings.md'}")


def company(options, seed, customers):
    folder = options.cache / "findings"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run = lambda *words: program(options.periplus, *words)
    (folder / "scenario.yaml").write_text(draw(seed, run))
    files, data = folder / "files", folder / "data"
    run("simulate", files, "--scenario", folder / "scenario.yaml", "--seed", seed, "--customers", customers)
    run("--data", data, "import", files / "web_app.jsonl")
    run("--data", data, "import", *[files / f"{name}.csv" for name in FILES], files / "calls.jsonl", "--mapping", RETAILER / "mapping.toml")
    ask = lambda question: json.loads(run("--data", data, "ask", "findings", json.dumps(question), "--map", RETAILER / "map.yaml", "--json"))
    answer = ask({"at_most": 80})
    findings = answer["view"]["findings"]
    truth = json.loads((files / "truth.json").read_text())
    planted = [judge(pain, findings, "pain") for pain in truth["pains"]] + [judge(delight, findings, "delight") for delight in truth["delights"]]
    hit = {row["finding"] for row in planted if row["finding"]}
    for row in planted:
        row.update(seed=seed, customers=customers)
    shuffled = [bool(ask({"at_most": 3, "shuffle": number})["view"]["findings"]) for number in range(1, options.shuffles + 1)]
    meta = answer["meta"]
    top = [finding for feeling in ("pain", "delight") for finding in [one for one in findings if one["feeling"] == feeling][:10]]
    wall = {"seed": seed, "seconds": meta["wall_ms"] / 1000, "events": meta["events"], "comparisons": answer["view"]["comparisons"], "told": len(findings), "top": len(top), "top_planted": sum(finding["id"] in hit or explained(finding, truth) for finding in top)}
    return findings, planted, shuffled, wall


def program(periplus, *words):
    """Runs the program; an import of dirty files ends with 1, as some rows were refused."""
    done = subprocess.run([str(word) for word in (periplus, *words)], capture_output=True, text=True)
    if done.returncode > (1 if "import" in words else 0):
        raise SystemExit(f"{words}: {done.stderr}")
    return done.stdout


def draw(seed, run):
    """The built-in retailer with other pains and delights."""
    dice = random.Random(seed)
    # JSON is YAML: the two lists are put in the place of the printed ones.
    blocks = re.split(r"(?m)^(?=[a-z])", run("simulate", "--print-scenario"))
    kept = [block for block in blocks if not block.startswith(("pains:", "delights:"))]
    steps = ["product_view", "cart", "checkout_start", "shipping_details", "payment_info"]
    pains, used = [], set()
    for number in range(4):
        kind = dice.choice(["loop", "drop_off", "error", "wait", "bad_score"])
        at = {"wait": ["delivery", "support_call"], "bad_score": ["order", "store_purchase", "delivery"]}.get(kind, steps)
        at = dice.choice(at)
        if at in used:
            continue
        used.add(at)
        strength = round(dice.uniform(1.0, 4.0), 2) if kind == "wait" else round(dice.uniform(0.15, 0.6), 2)
        pains.append({"name": f"pain_{number}", "kind": kind, "at": at, "strength": strength, "note": "", "scope": scope(dice, kind, at)})
    delights = []
    for number in range(2):
        kind, at = dice.choice([("fast", "delivery"), ("great_service", "support_call"), ("great_service", "support_chat")])
        if at in used:
            continue
        used.add(at)
        delights.append({"name": f"delight_{number}", "kind": kind, "at": at, "strength": round(dice.uniform(0.3, 0.8), 2), "note": "", "scope": scope(dice, kind, at)})
    return "".join(kept) + f"pains: {json.dumps(pains)}\ndelights: {json.dumps(delights)}\n"


def scope(dice, kind, at):
    """To whom and when: always with days, or to a group, or both; what strikes everybody always has nothing to be compared with."""
    wanted = {}
    who = dice.choice(["platform", "age_group", "region", "nobody", "persona"])
    if who == "platform" and at in ("product_view", "cart", "checkout_start", "shipping_details", "payment_info"):
        wanted["platform"] = dice.choice(["mobile_web", "app", "desktop_web"])
    elif who == "age_group":
        wanted["age_group"] = dice.choice(["18-24", "25-34", "35-49", "50-64"])
    elif who == "region":
        wanted["region"] = dice.choice(["Berlin", "Hesse", "Bavaria", "North Rhine-Westphalia"])
    elif who == "persona":
        wanted["persona"] = dice.choice(["bargain_hunter", "store_loyal", "app_native"])
    if not wanted or dice.random() < 0.7:
        length = dice.randint(21, 150)
        first = dice.randint(20, DAYS - length - 10)
        wanted["from"] = str(START + datetime.timedelta(days=first))
        if dice.random() < 0.7:
            wanted["to"] = str(START + datetime.timedelta(days=first + length))
    return wanted


def judge(truth, findings, feeling):
    """Where a planted thing stands among the findings."""
    planted, found = truth["planted"], None
    # Pains and delights are told as two lists.
    for rank, finding in enumerate((finding for finding in findings if finding["feeling"] == feeling), 1):
        if matches(planted, finding, feeling):
            found = (rank, finding)
            break
    rank, finding = found or (None, None)
    onset = None
    if finding and planted["scope"].get("from"):
        told = datetime.date.fromisoformat(finding["from"][:10]) if finding.get("from") else START
        onset = (told - datetime.date.fromisoformat(planted["scope"]["from"])).days
    affected, occasions, hits = truth["customers_affected"], truth["occasions"], truth["hits"]
    effect = planted["strength"] if planted["kind"] not in ("wait", "fast") else 1.0
    return {
        "name": f"{planted['kind']} at {planted['at']} for {', '.join(str(v) for k, v in planted['scope'].items() if k not in ('from', 'to')) or 'everybody'}",
        "planted": planted, "affected": affected, "occasions": occasions, "hits": hits, "effect": effect, "feeling": feeling,
        "counts": affected >= 200 and effect >= 0.05, "rank": rank, "finding": finding["id"] if finding else None, "title": finding["title"] if finding else None, "onset": onset,
    }


def matches(planted, finding, feeling):
    places = set(PLACES.get(planted["at"], [])) | set(BESIDE.get(planted["at"], []))
    signs = [finding["touchpoint"], *[sign["touchpoint"] for sign in finding.get("also", [])]]
    if finding["feeling"] != feeling or not places & set(signs):
        return False
    scope = planted["scope"]
    if scope.get("from") or scope.get("to"):
        first = datetime.date.fromisoformat(scope.get("from", str(START)))
        last = datetime.date.fromisoformat(scope.get("to", str(START + datetime.timedelta(days=DAYS))))
        told_first = datetime.date.fromisoformat(finding["from"][:10]) if finding.get("from") else START
        told_last = datetime.date.fromisoformat(finding["until"][:10]) if finding.get("until") else START + datetime.timedelta(days=DAYS)
        shared = (min(last, told_last) - max(first, told_first)).days
        if shared < 0.5 * min((last - first).days, (told_last - told_first).days):
            return False
    who = (finding.get("who") or "").lower()
    if not who:
        return True
    words = []
    words += PLATFORMS.get(scope.get("platform"), [])
    words += [scope[kind].lower() for kind in ("age_group", "region") if scope.get(kind)]
    # A person of 50 to 64 is over 50, one of 18 to 24 under 30, and who lives in Berlin is told so by the map as well.
    if scope.get("age_group") in ("50-64", "65+"):
        words.append("over fifty")
    if scope.get("age_group") in ("18-24", "25-34"):
        words.append("under thirty")
    # No record says which of the simulated personas somebody is: any group that it shows in will do.
    everybody = bool(scope.get("persona")) or not {"platform", "age_group", "region"} & set(scope)
    return everybody or any(word in who for word in words)


def explained(finding, truth):
    return any(matches(planted["planted"], finding, feeling) for feeling, list in (("pain", truth["pains"]), ("delight", truth["delights"])) for planted in list)


def render(result):
    rows = result["planted"]
    lines = [f"{result['machine']}, {result['date']}.", "", "| | pains | delights |", "|---|---|---|"]
    of = lambda feeling: [row for row in rows if row["feeling"] == feeling and row["counts"]]
    top = lambda list, most: f"{sum(row['rank'] is not None and row['rank'] <= most for row in list)} of {len(list)}"
    lines.append("| planted, at least 200 affected and 5 points | " + " | ".join(str(len(of(feeling))) for feeling in ("pain", "delight")) + " |")
    lines.append("| of these, in the top 10 | " + " | ".join(top(of(feeling), 10) for feeling in ("pain", "delight")) + " |")
    lines.append("| found at all | " + " | ".join(top(of(feeling), 10**6) for feeling in ("pain", "delight")) + " |")
    def onset(list):
        errors = [abs(row["onset"]) for row in list if row["onset"] is not None]
        return f"median {statistics.median(errors):g} days, {sum(error <= 2 for error in errors)} of {len(errors)} within 2" if errors else "—"
    lines.append("| onset | " + " | ".join(onset(of(feeling)) for feeling in ("pain", "delight")) + " |")
    walls = result["walls"]
    told = sum(wall["top"] for wall in walls)
    lines += ["", f"Of the {told} findings in the top tens, {sum(wall['top_planted'] for wall in walls)} are of something planted; the others are differences that the simulated personas have by themselves."]
    alarms = result["alarms"]
    lines += ["", f"Of {len(alarms)} shuffled copies, {sum(alarms)} had a finding ({sum(alarms) / max(len(alarms), 1):.1%})."]
    lines += ["", f"An answer took {statistics.median(wall['seconds'] for wall in walls):.2f} s (median), at most {max(wall['seconds'] for wall in walls):.2f} s, for up to {max(wall['events'] for wall in walls):,} events."]
    return "\n".join(lines)


PAGE = """# Findings: what was planted, and false alarms

`cargo xtask bench findings --write` makes this page. Companies are simulated with pains and delights drawn anew for every seed (what, where, to
whom, when, how badly), imported, and asked for their findings with the [retailer's map](../../examples/retailer/map.yaml), which knows nothing of
what was planted. A planted thing counts as found when a finding of the same feeling is at its touchpoint or the one before, on days of
which at least half are shared, and about its group (or everybody). Shuffled copies have groups and days dealt out anew.

"""


if __name__ == "__main__":
    main()
