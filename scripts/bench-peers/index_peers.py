"""Deja's vector indexes beside faiss, hnswlib and usearch: the same vectors, the same run, in turns.

`deja bench index` embeds the prompts of --data and writes vectors and queries; this program reads them, builds the
peers and asks each of them and Deja for the nearest neighbour of each query, one query at a time on one thread, one
index after another, --rounds times. A query's time is the thread's own time on a core, its median over the rounds; an
index's is the mean over the queries, less what the same call costs on an index of one vector (the price of calling from
Python, measured and printed). Recall@1 is against brute force in single precision; a neighbour counts when none is
nearer by more than 1e-6.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import faiss  # noqa: E402
import hnswlib  # noqa: E402
import numpy as np  # noqa: E402
from usearch.index import Index as UsearchIndex  # noqa: E402

thread_time = time.thread_time_ns


class FaissPeer:
    """A faiss index, searched through preallocated buffers: the least that Python adds."""

    def __init__(self, name, index, prepare=None, bytes_per_vector=None, build_s=0.0):
        self.name, self.index, self.build_s = name, index, build_s
        self.prepare = prepare or (lambda: None)
        self.bytes_per_vector = bytes_per_vector
        self.similarities = np.empty((1, 1), np.float32)
        self.labels = np.empty((1, 1), np.int64)

    def search(self, query):
        self.index.search_c(1, faiss.swig_ptr(query), 1, faiss.swig_ptr(self.similarities), faiss.swig_ptr(self.labels))
        return self.labels[0, 0]


class HnswlibPeer:
    def __init__(self, name, index, prepare, bytes_per_vector, build_s):
        self.name, self.index, self.prepare, self.build_s = name, index, prepare, build_s
        self.bytes_per_vector = bytes_per_vector

    def search(self, query):
        return self.index.knn_query(query, k=1, num_threads=1)[0][0, 0]


class UsearchPeer(HnswlibPeer):
    def search(self, query):
        return self.index.search(query[0], 1).keys[0]


def seconds(work):
    start = thread_time()
    result = work()
    return result, (thread_time() - start) / 1e9


def faiss_peer(name, description, base, settings=None, refine=None):
    """Builds by faiss's factory; `settings` are (label, function of the index) that share the one build."""
    d = base.shape[1]

    def build():
        index = faiss.index_factory(d, description, faiss.METRIC_INNER_PRODUCT)
        if "IVF" in description:
            faiss.extract_index_ivf(index).cp.max_points_per_centroid = 64
            faiss.extract_index_ivf(index).cp.niter = 10
        # Codes need no more; sampled as faiss samples.
        sample = base if len(base) <= 262_144 else base[np.random.default_rng(1).choice(len(base), 262_144, False)]
        index.train(sample)
        index.add(base)
        return index

    index, build_s = seconds(build)
    size = len(faiss.serialize_index(index)) / len(base)
    settings = settings or [("", lambda i: None)]
    return [FaissPeer(name + label, index, lambda s=s: s(index), size, build_s) for label, s in settings]


def probes(*numbers):
    def setter(n):
        def apply(index):
            faiss.extract_index_ivf(index).nprobe = n
        return apply
    return [(f", nprobe {n}", setter(n)) for n in numbers]


def refined(inner, *factors):
    """Settings of an IndexRefine: k_factor, after the settings of its base index."""
    def setter(before, factor):
        def apply(index):
            refine = faiss.downcast_index(index)
            before(refine.base_index if not isinstance(refine, faiss.IndexRefine) else faiss.downcast_index(refine.base_index))
            refine.k_factor = factor
        return apply
    return [(f"{label}, refine {f}", setter(s, f)) for label, s in inner for f in factors]


def efs(*numbers):
    def setter(n):
        def apply(index):
            index.hnsw.efSearch = n
        return apply
    return [(f", ef {n}", setter(n)) for n in numbers]


def peers(base, wanted, nlist):
    n, d = base.shape
    nothing = [("", lambda i: None)]
    steps = (1, 2, 4, 8, 16, 32, 64, 128, 256) if n < 500_000 else (4, 8, 16, 32, 64, 128, 256)
    table = {
        "flat": lambda: faiss_peer("faiss IndexFlatIP", "Flat", base),
        "sq8": lambda: faiss_peer("faiss SQ8", "SQ8", base),
        "pqfs": lambda: faiss_peer(
            f"faiss PQ{d // 2}x4fs", f"PQ{d // 2}x4fs,RFlat", base, refined(nothing, 4, 16, 64, 200)),
        "pqfs4": lambda: faiss_peer(
            f"faiss PQ{d // 4}x4fs", f"PQ{d // 4}x4fs,RFlat", base, refined(nothing, 16, 64, 200, 400)),
        "rabitq": lambda: faiss_peer("faiss RaBitQ", "RaBitQ,RFlat", base, refined(nothing, 16, 64, 200)),
        "rabitqfs": lambda: faiss_peer("faiss RaBitQfs", "RaBitQfs,RFlat", base, refined(nothing, 16, 64, 200)),
        "ivfflat": lambda: faiss_peer(f"faiss IVF{nlist},Flat", f"IVF{nlist},Flat", base, probes(*steps)),
        "ivfpqfs": lambda: faiss_peer(
            f"faiss IVF{nlist},PQ{d // 4}x4fs", f"IVF{nlist},PQ{d // 4}x4fs,RFlat", base,
            refined(probes(*steps), 16, 64)),
        "hnsw": lambda: faiss_peer("faiss HNSW32", "HNSW32", base, efs(16, 32, 64, 128, 256)),
        "hnswlib": lambda: hnswlib_peers(base),
        "usearch": lambda: usearch_peers(base),
    }
    found = []
    for name in wanted:
        print(f"building {name}", file=sys.stderr, flush=True)
        try:
            found += table[name]()
        except RuntimeError as error:
            print(f"{name} is left out: {str(error).splitlines()[-1]}", file=sys.stderr)
    return found


def hnswlib_peers(base):
    def build():
        index = hnswlib.Index(space="ip", dim=base.shape[1])
        index.init_index(max_elements=len(base), M=32, ef_construction=200, random_seed=1)
        index.add_items(base, num_threads=1)
        return index

    index, build_s = seconds(build)
    with tempfile.NamedTemporaryFile() as file:
        index.save_index(file.name)
        size = os.path.getsize(file.name) / len(base)
    return [
        HnswlibPeer(f"hnswlib M 32, ef {ef}", index, lambda ef=ef: index.set_ef(ef), size, build_s)
        for ef in (16, 32, 64, 128, 256)
    ]


def usearch_peers(base):
    found = []
    for dtype in ("f32", "i8"):
        def build():
            index = UsearchIndex(ndim=base.shape[1], metric="cos", dtype=dtype, connectivity=32, expansion_add=200)
            index.add(np.arange(len(base), dtype=np.uint64), base, threads=1)
            return index

        index, build_s = seconds(build)
        size = index.memory_usage / len(base)
        for ef in (16, 32, 64, 128, 256):
            def prepare(index=index, ef=ef):
                index.expansion_search = ef
            found.append(UsearchPeer(f"usearch {dtype}, ef {ef}", index, prepare, size, build_s))
    return found


def call_overhead(peer_class, query):
    """The median µs of a call that has one vector to compare."""
    one = np.ascontiguousarray(query)
    if peer_class is FaissPeer:
        index = faiss.IndexFlatIP(one.shape[1])
        index.add(one)
        peer = FaissPeer("", index)
    elif peer_class is UsearchPeer:
        index = UsearchIndex(ndim=one.shape[1], metric="cos", dtype="f32")
        index.add(0, one[0])
        peer = UsearchPeer("", index, None, 0, 0)
    else:
        index = hnswlib.Index(space="ip", dim=one.shape[1])
        index.init_index(max_elements=1)
        index.add_items(one)
        peer = HnswlibPeer("", index, None, 0, 0)
    times = []
    for _ in range(2000):
        start = thread_time()
        peer.search(one)
        times.append(thread_time() - start)
    return float(np.median(times)) / 1e3


def brute_force(base, queries):
    best = np.full(len(queries), -2, np.float32)
    for start in range(0, len(base), 65_536):
        best = np.maximum(best, (queries @ base[start : start + 65_536].T).max(axis=1))
    return best


def measure(peers, deja, base, queries, rounds):
    """Turns of Deja and of each peer; returns times (peers × rounds × queries, ns) and what the peers found."""
    times = np.zeros((len(peers), rounds, len(queries)))
    labels = np.zeros((len(peers), len(queries)), np.int64)
    rows = [np.ascontiguousarray(query[None, :]) for query in queries]
    for turn in range(rounds + 1):
        print(f"turn {turn}/{rounds}", file=sys.stderr, flush=True)
        deja.stdin.write("turn\n")
        deja.stdin.flush()
        assert deja.stdout.readline().strip() == "done"
        for p, peer in enumerate(peers):
            peer.prepare()
            for q, row in enumerate(rows):
                start = thread_time()
                label = peer.search(row)
                elapsed = thread_time() - start
                if turn:
                    times[p, turn - 1, q] = elapsed
                else:
                    labels[p, q] = label
    return times, labels


def summary(peer, times, labels, base, queries, nearest, overhead):
    medians = np.median(times, axis=0) / 1e3 - overhead
    right = np.einsum("ij,ij->i", base[labels], queries) >= nearest - 1e-6
    return {
        "name": peer.name, "us": float(medians.mean()), "us_duplicates": float(medians[::2].mean()),
        "us_fresh": float(medians[1::2].mean()), "us_p99": float(np.quantile(medians, 0.99)),
        "recall": float(right.mean()), "recall_duplicates": float(right[::2].mean()),
        "recall_fresh": float(right[1::2].mean()), "build_s": peer.build_s,
        "bytes_per_vector": peer.bytes_per_vector, "call_overhead_us": overhead,
    }


def print_table(rows):
    heads = ("µs", "dup.", "fresh", "recall@1", "dup.", "fresh", "bytes", "build s")
    print("| index | " + " | ".join(heads) + " |\n|---" * 1 + "|---:" * len(heads) + "|")
    for r in rows:
        print(
            f"| {r['name']} | {r['us']:.1f} | {r['us_duplicates']:.1f} | {r['us_fresh']:.1f} | {r['recall']:.4f} "
            f"| {r['recall_duplicates']:.4f} | {r['recall_fresh']:.4f} | {r['bytes_per_vector']:.0f} | {r['build_s']:.1f} |")


def best(rows, wanted):
    rows = [r for r in rows if wanted(r)]
    return min(rows, key=lambda r: r["us"]) if rows else None


def is_flat(row):
    return "IVF" not in row["name"] and not any(word in row["name"] for word in ("HNSW", "hnswlib", "usearch"))


def ratios(ours, theirs):
    """The comparisons: flat at recall of all >= .99 and of near-duplicates 1; others at equal recall."""
    lines = []

    def good(row):
        return row["recall"] >= 0.99 and row["recall_duplicates"] >= 0.999

    flat, other = best(ours, lambda r: is_flat(r) and good(r)), best(theirs, lambda r: is_flat(r) and good(r))
    ip = best(theirs, lambda r: r["name"] == "faiss IndexFlatIP")
    if flat and other:
        lines.append((f"{flat['name']} against {other['name']} (recall >= .99)", other["us"] / flat["us"]))
    if flat and ip:
        lines.append((f"{flat['name']} against {ip['name']}", ip["us"] / flat["us"]))
    for row in ours:
        if "IVF" in row["name"]:
            peer = best(theirs, lambda r: r["recall"] >= row["recall"] and not is_flat(r))
            if peer:
                lines.append((
                    f"{row['name']} ({row['recall']:.4f}) against {peer['name']} ({peer['recall']:.4f})",
                    peer["us"] / row["us"]))
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deja", required=True)
    parser.add_argument("--runs", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default="flat,sq8,pqfs,pqfs4,rabitq,rabitqfs,ivfflat,ivfpqfs,hnsw,hnswlib,usearch")
    arguments = parser.parse_args()
    faiss.omp_set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        vectors = f"{folder}/vectors.f32"
        deja = subprocess.Popen(
            [arguments.deja, "bench", "index", "--data", arguments.data, "--count", str(arguments.count), "--queries",
             str(arguments.queries), "--rounds", str(arguments.rounds), "--vectors", vectors, "--turns", "--json"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if deja.stdout.readline().strip() != "ready":
            sys.exit("deja bench index failed")
        dimension = os.path.getsize(vectors) // 4 // arguments.count
        base = np.fromfile(vectors, np.float32).reshape(-1, dimension)
        queries = np.fromfile(vectors + ".queries", np.float32).reshape(-1, dimension)
    nlist = int(4 * len(base) ** 0.5)
    found = peers(base, arguments.peers.split(","), nlist)
    nearest = brute_force(base, queries)
    times, labels = measure(found, deja, base, queries, arguments.rounds)
    result = json.loads(deja.communicate()[0])
    overheads = {c: call_overhead(c, queries[:1]) for c in {type(p) for p in found}}
    theirs = [
        summary(p, times[i], labels[i], base, queries, nearest, overheads[type(p)]) for i, p in enumerate(found)]
    ours = result["index"]["runs"][0]["indexes"]
    print_table(ours + theirs)
    compared = ratios(ours, theirs)
    print("\nratios of this run:")
    for text, ratio in compared:
        print(f"  {ratio:6.2f}  {text}")
    result["peers"] = theirs
    result["ratios"] = [{"what": text, "ratio": ratio} for text, ratio in compared]
    result["versions"] = {n: version(n) for n in ("faiss-cpu", "hnswlib", "usearch", "numpy")} | {
        "python": platform.python_version(), "faiss_compile_options": faiss.get_compile_options().strip()}
    result["data"] = Path(arguments.data).name
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    out = Path(arguments.runs) / f"index-{arguments.count}-{stamp}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\n{out}")


if __name__ == "__main__":
    main()
