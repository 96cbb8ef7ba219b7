"""How a cache does that is full of near misses: one way of saying each wish of the test groups is cached, the others are
asked, and the verifier reads the nearest candidate without a veto, or the nearest few of which the surest decides.

    python crowded.py TOOL JUDGE EMBEDDER VERIFIER      (folders of models; TOOL is deja-features)
"""

import random
import subprocess
import sys

import numpy as np

import data  # noqa: F401  puts the training packages on the path
from dejatrain import fold, golden
from verifier import wishes

CANDIDATES, LEAST_SIMILARITY = 8, 0.2  # CacheEngine.Limits


def main():
    tool, judge, embedder, verifier = sys.argv[1:5]
    rng, model = random.Random(1), golden.Model(embedder)
    cached, asked = [], []
    for name, ways in wishes.groups().items():
        if wishes.part(name) == "test":
            for wish, texts in ways.items():
                first, *others = rng.sample(texts, len(texts))
                cached.append((first, name, wish))
                asked += [(text, name, wish) for text in others]
    embed = lambda rows: np.array([model.embed(fold.tokens(row[0])) for row in rows], np.float32)
    cosine = embed(asked) @ embed(cached).T
    nearest = np.argsort(-cosine, 1)[:, :CANDIDATES]
    lines = "".join(f"{asked[i][0]}\t{cached[j][0]}\n" for i in range(len(asked)) for j in nearest[i])
    head, *rows = subprocess.run(
        [tool, "judge", "--model", judge, "--embedder", embedder, "--verifier", verifier], input=lines.encode(),
        stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    threshold = float(head.split()[-1])
    rows = [row.split("\t") for row in rows]
    shape = (len(asked), CANDIDATES)
    probability = np.array([float(row[0]) for row in rows]).reshape(shape)
    passes = np.array([not row[2] for row in rows]).reshape(shape)
    passes &= np.take_along_axis(cosine, nearest, 1) >= LEAST_SIMILARITY
    right = np.array([[asked[i][1:] == cached[j][1:] for j in nearest[i]] for i in range(len(asked))])
    print(f"{len(cached)} cached, {len(asked)} asked; the right one is the nearest of {right[:, 0].mean():.3f}, among "
          f"{CANDIDATES} of {right.any(1).mean():.3f}; budget 0.01: p >= {threshold:.4f}")
    for most in (1, 2, 3, CANDIDATES):
        hits = [0, 0]
        for row in range(len(asked)):
            chosen = np.flatnonzero(passes[row])[:most]
            if len(chosen):
                best = chosen[np.argmax(probability[row, chosen])]
                if probability[row, best] >= threshold:
                    hits[int(right[row, best])] += 1
        print(f"surest of {most}: {hits[1]} right, {hits[0]} wrong")


main()
