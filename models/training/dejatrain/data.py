"""Reads the sets, splits them by connected groups of questions, and writes one corpus.

A corpus is a folder: texts.jsonl (one [text, clean, distil] a line), pairs.npz (a, b, label, set, split, folds of a and
b). Splits: 0 training, 1 development, 2 test, 3 training texts whose labels are spared for the judge; a group of questions
is wholly in one of them.
"""

import gzip
import hashlib
import json
import os
import random
import sys

import numpy as np

from . import fold, sets, wordnet

MAX_CHARACTERS = 2000
UNCLEAN_DISTIL_LIMIT = 400_000  # texts that only the full model distils: the teacher is slow


def key(text):
    return " ".join(text.lower().split())


def rows(folder, item):
    path = os.path.join(folder, item.kind, item.name)
    if item.kind == "prompts":
        with gzip.open(path + ".jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                yield (json.loads(line)["prompt"][:MAX_CHARACTERS],)
        return
    with gzip.open(path + ".tsv.gz", "rt", encoding="utf-8", newline="\n") as lines:
        next(lines)
        for line in lines:
            parts = line.rstrip("\n").split("\t")
            if item.kind == "clusters":
                yield (parts[1][:MAX_CHARACTERS],)
            else:
                yield parts[1][:MAX_CHARACTERS], parts[2][:MAX_CHARACTERS], int(parts[3])


class Groups:
    """Union-find over texts."""

    def __init__(self):
        self.parent = {}

    def find(self, item):
        root = item
        while self.parent.setdefault(root, root) != root:
            root = self.parent[root]
        while self.parent[item] != root:
            self.parent[item], item = root, self.parent[item]
        return root

    def join(self, left, right):
        left, right = self.find(left), self.find(right)
        if left != right:
            # The smaller text stays root, so that a group's name does not depend on the order.
            self.parent[max(left, right)] = min(left, right)


def split_of(root):
    """10% development, 10% test, by the SHA-256 of the group's first text."""
    byte = hashlib.sha256(("deja split 1:" + root).encode()).digest()[0]
    return 1 if byte < 26 else 2 if byte < 52 else 0


def is_for_judge(root):
    """A fifth of the training groups, by a hash of their own: neither embedder nor verifier learns their labels, for the
    judge must see cosines and logits of pairs that those two did not learn."""
    return hashlib.sha256(("deja judge 1:" + root).encode()).digest()[0] < 51


FOLDS = 3


def fold_of(root):
    """One of the folds that labels are left out of in turn, by a hash of its own: what was tuned on a label finds its two
    texts more alike than any texts that it meets later, so the judge learns from cosines of a model that did not see it."""
    return hashlib.sha256(("deja fold 1:" + root).encode()).digest()[0] % FOLDS


def grouped(folder):
    """Groups over all Quora pairs, and over the positive pairs of other sets: their negatives
    chain whole sets into one group, so a negative that straddles two splits is dropped instead."""
    groups = Groups()
    for item in sets.TRAINING:
        if item.kind != "pairs":
            continue
        quora = "qqp" in item.name
        for left, right, label in rows(folder, item):
            if quora or label == 1:
                groups.join(key(left), key(right))
    return groups


def held_out_keys(folder):
    found = set()
    for item in sets.HELD_OUT:
        for left, right, _ in rows(folder, item):
            found.update((key(left), key(right)))
    for name in sets.HELD_OUT_CLUSTERS:
        for (text,) in rows(folder, sets.DataSet("clusters", name, "", False)):
            found.add(key(text))
    return found


class Corpus:
    def __init__(self):
        self.index, self.texts, self.clean, self.distil = {}, [], [], []

    def add(self, text, clean, distil):
        number = self.index.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
            self.clean.append(False)
            self.distil.append(False)
        self.clean[number] |= clean
        self.distil[number] |= distil
        return number


def build(folder, out, wordnet_folder):
    groups, banned = grouped(folder), held_out_keys(folder)
    corpus, pairs, dropped = Corpus(), [], 0
    counts = {}
    for number, item in enumerate(sets.TRAINING):
        kept = 0
        for row in rows(folder, item):
            if any(key(text) in banned for text in row[:2] if isinstance(text, str)):
                dropped += 1
                continue
            splits = {split_of(groups.find(key(text))) for text in row[:2] if isinstance(text, str)}
            if len(splits) > 1:
                dropped += 1
                continue
            split = splits.pop()
            distil = item.english and split == 0
            if split == 0 and any(is_for_judge(groups.find(key(text))) for text in row[:2] if isinstance(text, str)):
                split = 3
            numbers = [corpus.add(text, item.clean, distil) for text in row[:2] if isinstance(text, str)]
            kept += 1
            if item.labels:
                folds = [fold_of(groups.find(key(text))) for text in row[:2]]
                pairs.append((numbers[0], numbers[1], row[2], number, split, *folds))
        counts[item.name] = kept
    unclean = [i for i in range(len(corpus.texts)) if corpus.distil[i] and not corpus.clean[i]]
    random.Random(1).shuffle(unclean)
    for i in unclean[UNCLEAN_DISTIL_LIMIT:]:
        corpus.distil[i] = False
    made = 0
    for text in wordnet.texts(wordnet_folder):
        if key(text) not in banned:
            corpus.add(text, True, True)
            made += 1
    counts["wordnet"] = made
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "texts.jsonl"), "w", encoding="utf-8") as file:
        for i, text in enumerate(corpus.texts):
            file.write(json.dumps([text, int(corpus.clean[i]), int(corpus.distil[i])], ensure_ascii=False) + "\n")
    columns = np.array(pairs, dtype=np.int64)
    np.savez(os.path.join(out, "pairs.npz"), a=columns[:, 0], b=columns[:, 1], label=columns[:, 2],
             set=columns[:, 3], split=columns[:, 4], folds=columns[:, 5:])
    with open(os.path.join(out, "counts.json"), "w") as file:
        json.dump(counts, file, indent=1)
    print(f"{len(corpus.texts)} texts, {sum(corpus.distil)} to distil "
          f"({sum(c and d for c, d in zip(corpus.clean, corpus.distil))} clean), "
          f"{len(pairs)} pairs, {dropped} rows dropped", flush=True)


def load(out):
    texts, clean, distil = [], [], []
    with open(os.path.join(out, "texts.jsonl"), encoding="utf-8") as file:
        for line in file:
            text, c, d = json.loads(line)
            texts.append(text)
            clean.append(c)
            distil.append(d)
    return texts, np.array(clean, bool), np.array(distil, bool), np.load(os.path.join(out, "pairs.npz"))


def tokenised(out, texts):
    """The words of each text, kept in words.txt: reading them is the slow part of a start."""
    path = os.path.join(out, "words.txt")
    if not os.path.exists(path):
        with open(path + ".part", "w", encoding="utf-8") as file:
            for text in texts:
                file.write(" ".join(fold.tokens(text)) + "\n")
        os.replace(path + ".part", path)
    with open(path, encoding="utf-8", newline="\n") as file:
        return [line.rstrip("\n").split(" ") if line != "\n" else [] for line in file]


if __name__ == "__main__":
    build(sys.argv[1], sys.argv[2], sys.argv[3])
