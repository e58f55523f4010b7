"""posthog: KEY HOST"""

import datetime
import sys

from posthog import Posthog

key, host = sys.argv[1:]
failed = []
client = Posthog(key, host=host, gzip=True, max_retries=10, on_error=lambda error, _: failed.append(error))
for n in range(5):
    at = datetime.datetime(2026, 3, 5, 10, 0, n, tzinfo=datetime.timezone.utc)
    client.capture("Support Contacted", distinct_id=f"python-{n % 2}", properties={"n": n}, timestamp=at, uuid=f"01900000-0000-7000-9000-00000000000{n}")
client.set(distinct_id="python-0", properties={"plan": "silver"})
client.shutdown()
sys.exit(str(failed) if failed else 0)
