"""segment-analytics-python: KEY HOST"""

import datetime
import sys

import segment.analytics as analytics

analytics.write_key, analytics.host = sys.argv[1:]
analytics.gzip = True
analytics.max_retries = 10
failed = []
analytics.on_error = lambda error, _: failed.append(error)
for n in range(9):
    at = datetime.datetime(2026, 3, 3, 10, 0, n, tzinfo=datetime.timezone.utc)
    analytics.track(f"python-{n % 2}", "Signed Up", {"n": n}, timestamp=at, message_id=f"python-{n}")
analytics.identify("python-0", {"plan": "silver"})
analytics.shutdown()
sys.exit(str(failed) if failed else 0)
