"""AUC set by set, and hits in a cache stream, of exported models.

python -m dejatrain.report DATA CORPUS --split dev|test|held-out NAME=FOLDER|RUN:STAGE[:DIMENSION[:float]] …
FOLDER is a model's, as exported. `teacher` in place of a model prints the teacher, from the embeddings that the corpus
holds.
"""

import argparse
import gzip
import os
from types import SimpleNamespace

import numpy as np
import torch

from . import data, export, fold, golden, sets
from .bags import Bags
from .evaluate import auc, stream


class Column:
    """A model to measure: embeds lists of words, given which texts of the corpus they are (None: none)."""

    def __init__(self, spec, corpus):
        self.name, _, rest = spec.partition("=")
        self.teacher = spec == "teacher"
        if self.teacher:
            done = np.load(os.path.join(corpus, "done.npy"))
            self.done = done
            self.vectors = np.memmap(os.path.join(corpus, "teacher.f16"), np.float16, "r", shape=(len(done), 384))
            return
        if os.path.exists(os.path.join(rest, "manifest.json")):
            model = golden.Model(rest)
            self.model = SimpleNamespace(embed=lambda texts: np.array([model.embed(words) for words in texts], np.float32))
            return
        run, stage, *more = rest.split(":")
        self.model = export.Exported(run, stage, "float" not in more)
        dimension = int(more[0]) if more else 256
        if dimension < 256:
            variant = "clean" if "clean" in os.path.basename(run.rstrip("/")) else "full"
            self.model.reduce(export.sample(corpus, variant), dimension)

    def embed(self, words, numbers):
        if self.teacher:
            if numbers is None or not self.done[numbers].all():
                return None
            return self.vectors[numbers].astype(np.float32)
        return self.model.embed(words)


def table(rows):
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)


def number(value):
    return "–" if value is None or value != value else f"{value:.3f}"


def corpus_rows(options, columns):
    texts, _, _, pairs = data.load(options.corpus)
    words = data.tokenised(options.corpus, texts)
    split = 1 if options.split == "dev" else 2
    for position, item in enumerate(sets.TRAINING):
        if options.sets and item.name not in options.sets.split(","):
            continue
        picked = np.flatnonzero((pairs["split"] == split) & (pairs["set"] == position))[: options.limit]
        labels = pairs["label"][picked]
        if len(picked) < 40 or labels.min() == labels.max():
            continue
        a, b = pairs["a"][picked], pairs["b"][picked]
        cells = []
        for column in columns:
            left = column.embed([words[i] for i in a], a)
            right = column.embed([words[i] for i in b], b)
            cells.append(number(None if left is None or right is None else auc((left * right).sum(1), labels)))
        yield [item.name, len(picked), *cells]


def held_out_rows(options, columns):
    for item in sets.HELD_OUT:
        rows = list(data.rows(options.data, item))
        labels = np.array([row[2] for row in rows])
        if labels.min() == labels.max():
            continue
        left, right = [fold.tokens(row[0]) for row in rows], [fold.tokens(row[1]) for row in rows]
        cells = []
        for column in columns:
            pair = None if column.teacher else (column.embed(left, None), column.embed(right, None))
            cells.append(number(None if pair is None else auc((pair[0] * pair[1]).sum(1), labels)))
        yield [item.name, len(rows), *cells]


def stream_rows(options, columns):
    """Quora clusters none of whose questions was trained on."""
    groups, banned = data.grouped(options.data), data.held_out_keys(options.data)
    texts, clusters = [], []

    path = os.path.join(options.data, "clusters", "qqp_clusters.dev.tsv.gz")
    split = 1 if options.split == "dev" else 2
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        next(lines)
        for line in lines:
            _, text, cluster = line.rstrip("\n").split("\t")
            if key_in_split(groups, text, split) and data.key(text) not in banned:
                texts.append(fold.tokens(text))
                clusters.append(int(cluster))
    clusters = np.array(clusters)
    cells = []
    for column in columns:
        vectors = None if column.teacher else column.embed(texts, None)
        found = None if vectors is None else stream(vectors, clusters, np.random.default_rng(5))
        cells.append("–" if found is None else "/".join(f"{share:.3f}" for share in found))
    yield ["cache stream, hits at 1/2/5% false / nearest right", len(texts), *cells]


def key_in_split(groups, text, split):
    key = data.key(text)
    return key in groups.parent and data.split_of(groups.find(key)) == split


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("corpus")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--split", choices=["dev", "test", "held-out"], default="dev")
    parser.add_argument("--sets", default="", help="only these sets, by name, separated by commas")
    parser.add_argument("--limit", type=int, default=10**9)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    columns = [Column(spec, options.corpus) for spec in options.models]
    table([["set", "pairs", *(column.name for column in columns)], ["---"] * (2 + len(columns))])
    if options.split == "held-out":
        table(held_out_rows(options, columns))
    else:
        table(corpus_rows(options, columns))
        table(stream_rows(options, columns))


if __name__ == "__main__":
    main()
