"""Writes a trained student as a model folder: rows to 4 bits, the output projected to d components.

python -m dejatrain.export CORPUS RUN OUT --name deja-en --dimension 128 [--stage tuned] …
The format is docs/model-format.md's.
"""

import argparse
import functools
import hashlib
import json
import os

import numpy as np
import torch
from torch.nn import functional

from . import data, features
from .bags import Bags
from .model import HIDDEN, LENGTH, WIDTH


def load_vocabulary(run):
    with open(os.path.join(run, "vocabulary.json"), encoding="utf-8") as file:
        found = json.load(file)
    return features.Vocabulary(found["words"], [tuple(pair) for pair in found["bigrams"]],
                               found["document_counts"], found["documents"])


def load_state(run, stage):
    """The weights of a stage. `tuned@0.5` is halfway between distilled and tuned: averaging weights keeps most of
    what tuning learned and most of what it would forget (Wortsman et al., "Robust fine-tuning", 2022)."""
    stage, _, share = stage.partition("@")
    state = torch.load(os.path.join(run, stage + ".pt"), weights_only=False)["student"]
    if share:
        start = torch.load(os.path.join(run, "distilled.pt"), weights_only=False)["student"]
        state = {name: start[name] + float(share) * (state[name] - start[name]) for name in state}
    return state


def quantise(rows):
    """Nibbles biased by 8 and a scale a row: of eleven clips the one with the least squared error."""
    largest = np.maximum(np.abs(rows).max(1), 1e-8)
    best, scales, codes = np.full(len(rows), np.inf), np.zeros(len(rows), np.float32), np.zeros(rows.shape, np.int8)
    for clip in np.linspace(0.5, 1.0, 11):
        scale = (largest * clip / 7.5).astype(np.float32)
        code = np.clip(np.rint(rows / scale[:, None]), -8, 7)
        error = ((code * scale[:, None] - rows) ** 2).sum(1)
        better = error < best
        best[better], scales[better], codes[better] = error[better], scale[better], code[better]
    return codes, scales


class Exported:
    """The model as it is written: what the product computes, in numpy."""

    def __init__(self, run, stage, quantised=True):
        state = load_state(run, stage)
        self.vocabulary = load_vocabulary(run)
        rows = state["rows.weight"].numpy()
        if quantised:
            self.codes, self.scales = quantise(rows)
            rows = self.codes.astype(np.float32) * self.scales[:, None]
        self.rows = torch.from_numpy(rows)
        self.enter, self.enter_bias = state["enter.weight"], state["enter.bias"]
        self.leave, self.straight, self.bias = state["leave.weight"], torch.eye(WIDTH), state["leave.bias"]

    def embed_bags(self, bags, numbers):
        parts = []
        for start in range(0, len(numbers), 8192):
            rows, offsets, weights = bags.batch(numbers[start : start + 8192])
            total = functional.embedding_bag(rows, self.rows, offsets, mode="sum", per_sample_weights=weights)
            scaled = LENGTH * functional.normalize(total, dim=1, eps=1e-12)
            inner = functional.relu(scaled @ self.enter.T + self.enter_bias)
            out = scaled @ self.straight.T + inner @ self.leave.T + self.bias
            out = functional.normalize(out, dim=1, eps=1e-12)
            out[total.norm(dim=1) <= 1e-12] = 0
            parts.append(out.numpy())
        return np.concatenate(parts)

    def embed(self, tokenised):
        return self.embed_bags(Bags(self.vocabulary, tokenised), np.arange(len(tokenised)))

    def project(self, basis):
        """Folds a projection (256×d, orthonormal columns) into the head."""
        basis = torch.from_numpy(basis)
        self.straight, self.leave, self.bias = basis.T @ self.straight, basis.T @ self.leave, basis.T @ self.bias

    def reduce(self, tokenised, dimension):
        """Keeps the leading principal directions (about zero: cosines are what counts) of these texts' vectors."""
        vectors = self.embed(tokenised)
        values, basis = np.linalg.eigh(vectors.T @ vectors)
        self.project(np.ascontiguousarray(basis[:, ::-1][:, :dimension]).astype(np.float32))
        return values[::-1][:dimension].sum() / values.sum()

    def write(self, out, name, licence, provenance):
        vocabulary = self.vocabulary
        keys = [vocabulary.key(word) for word in vocabulary.words]
        keys += [features.hash_pair(vocabulary.key(a), vocabulary.key(b)) for a, b in vocabulary.bigrams]
        idf = np.log(vocabulary.documents / np.maximum(1, np.array(vocabulary.document_counts)))
        biased = (self.codes + 8).astype(np.uint8)
        packed = biased[:, : WIDTH // 2] | biased[:, WIDTH // 2 :] << 4
        parts = [np.array(keys, "<u8"), idf.astype("<f4"), self.scales.astype("<f4"), packed]
        parts += [t.numpy().astype("<f4") for t in (self.enter, self.enter_bias, self.leave, self.straight, self.bias)]
        os.makedirs(out, exist_ok=True)
        blob = b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
        with open(os.path.join(out, "weights.bin"), "wb") as file:
            file.write(blob)
        manifest = {
            "format": 1, "kind": "learned-bag", "name": name, "dimension": int(self.straight.shape[0]),
            "tokenizer": "deja-words-1", "licence": licence, "provenance": provenance,
            "parameters": {"words": len(vocabulary.words), "bigrams": len(vocabulary.bigrams),
                           "bigramBuckets": features.BIGRAM_BUCKETS, "characterBuckets": features.CHARACTER_BUCKETS,
                           "width": WIDTH, "hidden": HIDDEN},
            "files": [{"name": "weights.bin", "bytes": len(blob), "sha256": hashlib.sha256(blob).hexdigest()}],
        }
        with open(os.path.join(out, "manifest.json"), "w") as file:
            json.dump(manifest, file, indent=1)
            file.write("\n")
        print(f"{out}: {len(blob)} bytes, dimension {manifest['dimension']}")


@functools.lru_cache(maxsize=2)
def sample(corpus, variant, count=40_000):
    """Words of training texts that the variant may read."""
    texts, clean, distil, _ = data.load(corpus)
    words = data.tokenised(corpus, texts)
    allowed = np.flatnonzero(distil & (clean if variant == "clean" else True))
    picked = np.random.default_rng(3).choice(allowed, min(count, len(allowed)), replace=False)
    return [words[i] for i in picked]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus")
    parser.add_argument("run")
    parser.add_argument("out")
    parser.add_argument("variant", choices=["full", "clean"])
    parser.add_argument("--stage", default="tuned@0.5", help="distilled, tuned, or tuned@SHARE between them")
    parser.add_argument("--name", required=True)
    parser.add_argument("--dimension", type=int, default=128)
    parser.add_argument("--licence", required=True)
    parser.add_argument("--provenance", required=True)
    options = parser.parse_args()
    model = Exported(options.run, options.stage)
    if options.dimension < WIDTH:
        kept = model.reduce(sample(options.corpus, options.variant), options.dimension)
        print(f"{options.dimension} components keep {kept:.4f} of the second moment")
    model.write(options.out, options.name, options.licence, options.provenance)


if __name__ == "__main__":
    main()
