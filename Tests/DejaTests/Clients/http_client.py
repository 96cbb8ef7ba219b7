"""A gateway in Python over HTTP: looks up, calls its model, stores, and looks up again in other words."""
import sys

import httpx

transport = httpx.HTTPTransport(uds=sys.argv[1])
with httpx.Client(transport=transport, base_url="http://deja") as client:
    request = {"prompt": "How can I change the billing address of my account?", "model": "gpt-4o", "tenant": "acme"}
    missed = client.post("/v1/lookup", json=request)
    assert missed.status_code == 200 and missed.json()["status"] == "miss", missed.text
    assert missed.headers["x-cache"] == "MISS" and "deja" in missed.headers["cache-status"]

    answer = {"role": "assistant", "content": "Billing → Address → Edit.", "n": [1, 2.50, None]}
    stored = client.post("/v1/store", json={**request, "response": answer, "usage": {"prompt_tokens": 11, "completion_tokens": 9}})
    assert stored.json()["status"] == "stored", stored.text

    hit = client.post("/v1/lookup", json=request)
    assert hit.json()["response"] == answer and hit.headers["x-cache"] == "HIT"
    assert hit.json()["avoided"]["prompt_tokens"] == 11 and hit.json()["avoided"]["cost_usd"] > 0

    other = client.post("/v1/lookup", json={**request, "tenant": "globex"})
    assert other.json()["status"] == "miss", other.text

    bad = client.post("/v1/lookup", json={"prompt": 5})
    assert bad.status_code == 400 and bad.headers["content-type"] == "application/problem+json"
    assert bad.json()["field"] == "prompt", bad.text

    entry = client.get(f"/v1/entries/{stored.json()['entry_id']}").json()
    assert entry["prompt"] == request["prompt"]
    batch = client.post("/v1/lookup/batch", json={"requests": [request, {"prompt": "x"}]}).json()
    assert [result["status"] for result in batch["results"]] == ["hit", "miss"]
print("served")
