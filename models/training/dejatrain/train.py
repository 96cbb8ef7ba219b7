"""Trains one variant: distillation from the teacher, then tuning on labelled pairs.

python -m dejatrain.train CORPUS OUT full|clean [--distil-epochs 5] [--pair-epochs 3] [--threads 2]
"""

import argparse
import json
import os
import time

import numpy as np
import torch
from torch.nn import functional

from . import data, features, sets
from .bags import Bags
from .evaluate import auc
from .model import WIDTH, Student, distillation
from .teacher import Teacher

BATCH = 512
# Labels that a bag of words cannot obey (word order), or that know one answer only, count less.
PAIR_WEIGHTS = {"paws_wiki.dev": 0.3, "cannot_negated": 0.15, "semantoneg.dev": 0.3, "text2sql_atis": 0.5}


def pair_weight(name):
    return 0.3 if name.startswith("pawsx") else PAIR_WEIGHTS.get(name, 1.0)


class Run:
    def __init__(self, options):
        self.options = options
        torch.set_num_threads(options.threads)
        self.chance = np.random.default_rng(options.seed)
        self.texts, clean, distil, pairs = data.load(options.corpus)
        self.pairs = {name: pairs[name] for name in pairs.files}
        done = np.load(os.path.join(options.corpus, "done.npy"))
        self.teacher = np.memmap(os.path.join(options.corpus, "teacher.f16"), np.float16, "r",
                                 shape=(len(self.texts), 384))
        allowed = clean if options.variant == "clean" else np.ones(len(clean), bool)
        self.known = done & distil & allowed  # texts whose teacher vector may be used
        names = [item.name for item in sets.TRAINING]
        usable = np.array([item.clean or options.variant == "full" for item in sets.TRAINING])
        self.train_pairs = np.flatnonzero((self.pairs["split"] == 0) & usable[self.pairs["set"]])
        self.pair_weights = np.array([pair_weight(name) for name in names], np.float32)[self.pairs["set"]]
        started = time.time()
        tokenised = data.tokenised(options.corpus, self.texts)
        read = self.known.copy()
        read[self.pairs["a"][self.train_pairs]] = True
        read[self.pairs["b"][self.train_pairs]] = True
        self.vocabulary = features.Vocabulary.count(tokenised[i] for i in np.flatnonzero(read))
        self.bags = Bags(self.vocabulary, tokenised)
        print(f"{read.sum()} texts read, {self.known.sum()} distilled, {len(self.train_pairs)} pairs, "
              f"{len(self.bags.rows) / len(self.texts):.1f} rows a text, {time.time() - started:.0f} s", flush=True)
        if options.leave_out is not None:
            touched = (self.pairs["folds"][self.train_pairs] == options.leave_out).any(1)
            self.train_pairs = self.train_pairs[~touched]
        self.student = Student(options.seed)
        self.fit_target()
        self.start_rows()

    def fit_target(self):
        """The teacher's 384 components to 256: the leading eigenvectors of the second moment."""
        sample = self.chance.choice(np.flatnonzero(self.known), min(40_000, int(self.known.sum())), replace=False)
        vectors = self.teacher[np.sort(sample)].astype(np.float32)
        values, basis = np.linalg.eigh(vectors.T @ vectors / len(vectors))
        self.basis = basis[:, ::-1][:, :WIDTH].astype(np.float32).copy()
        print(f"target keeps {values[::-1][:WIDTH].sum() / values.sum():.4f} of the teacher", flush=True)

    def start_rows(self):
        """Words start as the teacher's vector of the word alone, rarer words longer (Arora's a / (a + p))."""
        cache = os.path.join(self.options.out, "words.npy")
        if not os.path.exists(cache):
            os.makedirs(self.options.out, exist_ok=True)
            np.save(cache, Teacher().embed(self.vocabulary.words).astype(np.float16))
        vectors = np.load(cache).astype(np.float32) @ self.basis
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
        share = np.array(self.vocabulary.document_counts, np.float32) / self.vocabulary.documents
        vectors *= (0.003 / (0.003 + share))[:, None]
        with torch.no_grad():
            self.student.rows.weight[: len(vectors)] += torch.from_numpy(vectors)

    def target(self, numbers):
        full = torch.from_numpy(self.teacher[numbers].astype(np.float32))
        return functional.normalize(full @ torch.from_numpy(self.basis), dim=1), full @ full.T

    def optimisers(self, rows_rate, head_rate):
        head = [*self.student.enter.parameters(), *self.student.leave.parameters()]
        return [torch.optim.SparseAdam(self.student.rows.parameters(), lr=rows_rate),
                torch.optim.Adam(head, lr=head_rate)]

    def step(self, optimisers, loss, scale):
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group.setdefault("initial", group["lr"]) * scale
            optimiser.zero_grad()
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()

    def embed_batch(self, numbers, replaced=None, drop=0.0):
        replaced = self.options.replaced if replaced is None else replaced
        rows, offsets, weights = self.bags.batch(numbers, self.chance, replaced)
        if drop > 0:
            weights = weights * (torch.rand(len(weights)) >= drop)
        return self.student(rows, offsets, weights)

    def distil(self, epochs):
        numbers = np.flatnonzero(self.known)
        optimisers = self.optimisers(4e-3, 1e-3)
        steps, step = epochs * (len(numbers) // BATCH), 0
        for epoch in range(epochs):
            order, losses, started = self.chance.permutation(numbers), [], time.time()
            for start in range(0, len(order) - BATCH + 1, BATCH):
                part = order[start : start + BATCH]
                target, similarity = self.target(part)
                loss = distillation(self.embed_batch(part), target, similarity)
                self.step(optimisers, loss, 1 - 0.95 * step / steps)
                losses.append(loss.item())
                step += 1
            print(f"distil {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}, {time.time() - started:.0f} s, "
                  f"{self.report()}", flush=True)

    def tune(self, epochs):
        optimisers = self.optimisers(1e-3, 3e-4)
        scale = torch.nn.Parameter(torch.tensor([10.0, -6.0]))
        optimisers.append(torch.optim.Adam([scale], lr=2e-2))
        half, step = BATCH // 2, 0
        steps = epochs * (len(self.train_pairs) // half)
        for epoch in range(epochs):
            order, losses, started = self.chance.permutation(self.train_pairs), [], time.time()
            for start in range(0, len(order) - half + 1, half):
                loss = self.pair_loss(order[start : start + half], scale)
                self.step(optimisers, loss, 1 - 0.95 * step / steps)
                losses.append(loss.item())
                step += 1
            print(f"tune {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}, {time.time() - started:.0f} s, "
                  f"{self.report()}", flush=True)

    def pair_loss(self, part, scale):
        a, b = self.pairs["a"][part], self.pairs["b"][part]
        label = torch.from_numpy(self.pairs["label"][part].astype(np.float32))
        weight = torch.from_numpy(self.pair_weights[part])
        both = self.embed_batch(np.concatenate([a, b]), drop=self.options.drop)
        left, right = both[: len(part)], both[len(part) :]
        logits = scale[0] * (left * right).sum(1) + scale[1]
        loss = (weight * functional.binary_cross_entropy_with_logits(logits, label, reduction="none")).mean()
        same = label > 0
        if same.sum() > 1:
            away = left[same] @ right[same].T * 20
            loss = loss + 0.3 * functional.cross_entropy(away, torch.arange(int(same.sum())))
        numbers = np.concatenate([a, b])
        taught = np.flatnonzero(self.known[numbers])
        if len(taught) > 1:
            target, similarity = self.target(numbers[taught])
            loss = loss + self.options.keep * distillation(both[torch.from_numpy(taught)], target, similarity)
        return loss

    @torch.no_grad()
    def embed(self, numbers):
        parts = [self.embed_batch(numbers[i : i + 4096], 0.0).numpy() for i in range(0, len(numbers), 4096)]
        return np.concatenate(parts)

    def report(self):
        found = []
        for name in ("qqp.dev", "mqr.dev", "stsb.train", "parade.train", "text2sql_atis", "atec.train"):
            number = [item.name for item in sets.TRAINING].index(name)
            rows = np.flatnonzero((self.pairs["split"] == 1) & (self.pairs["set"] == number))[:5000]
            left, right = self.embed(self.pairs["a"][rows]), self.embed(self.pairs["b"][rows])
            found.append(f"{name.split('.')[0]} {auc((left * right).sum(1), self.pairs['label'][rows]):.3f}")
        return ", ".join(found)

    def save(self, name):
        os.makedirs(self.options.out, exist_ok=True)
        torch.save({"student": self.student.state_dict(), "basis": self.basis}, os.path.join(self.options.out, name))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus")
    parser.add_argument("out")
    parser.add_argument("variant", choices=["full", "clean"])
    parser.add_argument("--distil-epochs", type=int, default=5)
    parser.add_argument("--pair-epochs", type=int, default=3)
    parser.add_argument("--keep", type=float, default=1.0, help="weight of distillation while tuning")
    parser.add_argument("--replaced", type=float, default=0.1, help="share of known words shown as their n-grams")
    parser.add_argument("--drop", type=float, default=0.0, help="share of rows left out while tuning")
    parser.add_argument("--resume", action="store_true", help="start from OUT's distilled.pt")
    parser.add_argument("--leave-out", type=int, help="a fold of groups whose labels are not learned")
    parser.add_argument("--stage", default="tuned", help="name of the tuned weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    run = Run(options)
    os.makedirs(options.out, exist_ok=True)
    with open(os.path.join(options.out, "vocabulary.json"), "w", encoding="utf-8") as file:
        vocabulary = run.vocabulary
        json.dump({"words": vocabulary.words, "bigrams": vocabulary.bigrams, "documents": vocabulary.documents,
                   "document_counts": vocabulary.document_counts}, file, ensure_ascii=False)
    if options.resume:
        state = torch.load(os.path.join(options.out, "distilled.pt"), weights_only=False)["student"]
        run.student.load_state_dict(state)
    else:
        run.distil(options.distil_epochs)
        run.save("distilled.pt")
    run.tune(options.pair_epochs)
    run.save(options.stage + ".pt")


if __name__ == "__main__":
    main()
