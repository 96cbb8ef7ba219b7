"""A gateway in Python over RESP, with an ordinary Redis client library."""
import json
import sys

import redis

client = redis.Redis(unix_socket_path=sys.argv[1], decode_responses=True)
assert client.ping()


def call(*words):
    flat = client.execute_command(*words)
    return dict(zip(flat[::2], flat[1::2]))


question = ["prompt", "How can I change the billing address of my account?", "model", "gpt-4o"]
assert call("LOOKUP", *question)["status"] == "miss"
assert call("STORE", *question, "response", json.dumps({"content": "Billing, Address, Edit."}))["status"] == "stored"
hit = call("LOOKUP", *question)
assert hit["status"] == "hit" and json.loads(hit["response"]) == {"content": "Billing, Address, Edit."}, hit
by_json = call("LOOKUP", json.dumps({"prompt": question[1], "model": "gpt-4o"}))
assert by_json["entry_id"] == hit["entry_id"]

pipeline = client.pipeline(transaction=False)
for _ in range(100):
    pipeline.execute_command("LOOKUP", *question)
assert all("hit" in reply for reply in pipeline.execute())

try:
    client.execute_command("LOOKUP", json.dumps({"prompt": 5}))
    raise AssertionError("a number is no prompt")
except redis.ResponseError as error:
    assert "prompt" in str(error)
print("served")
