"""Snowplow's tracker for Python, as its makers publish it: structured and self-describing events and a page view."""

import logging
import sys
import time

from snowplow_tracker import Emitter, PageView, SelfDescribing, SelfDescribingJson, StructuredEvent, Subject, Tracker

logging.getLogger("snowplow_tracker").setLevel(logging.CRITICAL)
key, host = sys.argv[1], sys.argv[2].removeprefix("http://")
emitter = Emitter(host, protocol="http", batch_size=2, max_retry_delay_seconds=1, request_timeout=10)
tracker = Tracker("shop", emitter, app_id=key)
ids = []
for n in range(7):
    subject = Subject().set_user_id(f"snowplow-{n % 2}").set_domain_user_id(f"device-{n % 2}")
    at = 1_772_791_200_000 + n * 1000
    if n < 5:
        event = StructuredEvent("video", "Video Played", label="intro", property_="n", value=n, event_subject=subject, true_timestamp=at)
    elif n == 5:
        event = PageView("https://shop.example/hats?utm_source=google&utm_medium=cpc", page_title="Hats", event_subject=subject, true_timestamp=at)
    else:
        data = SelfDescribingJson("iglu:com.shop/wish_listed/jsonschema/1-0-0", {"sku": "hat-7"})
        event = SelfDescribing(data, event_subject=subject, true_timestamp=at)
    tracker.track(event)
# It tries again on a thread of its own.
until = time.monotonic() + 60
while emitter.event_store.size() > 0 or emitter.retry_delay > 0:
    assert time.monotonic() < until, "it does not get rid of its events"
    emitter.flush()
    time.sleep(0.2)
