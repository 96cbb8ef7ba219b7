"""Texts as bags of rows: compressed arrays, and the batches that training draws from them."""

import numpy as np
import torch

from . import features


class Bags:
    """texts as (rows, weights) in one flat array each; `starts` has one entry more than texts."""

    def __init__(self, vocabulary, tokenised):
        rows, weights, starts = [], [], [0]
        for words in tokenised:
            r, w = vocabulary.rows(words)
            rows.append(np.array(r, np.int32))
            weights.append(np.array(w, np.float32))
            starts.append(starts[-1] + len(r))
        self.rows = np.concatenate(rows) if rows else np.zeros(0, np.int32)
        self.weights = np.concatenate(weights) if weights else np.zeros(0, np.float32)
        self.starts = np.array(starts, np.int64)
        grams = [vocabulary.character_rows(word) for word in vocabulary.words]
        self.gram_rows = np.concatenate(grams)
        self.gram_starts = np.concatenate([[0], np.cumsum([len(g) for g in grams])]).astype(np.int64)

    def batch(self, numbers, chance=None, replaced=0.0):
        """Rows, offsets and weights of some texts; `replaced` of the known words become their grams."""
        lengths = self.starts[numbers + 1] - self.starts[numbers]
        picked = _ranges(self.starts[numbers], lengths)
        rows, weights = self.rows[picked], self.weights[picked]
        bag = np.repeat(np.arange(len(numbers)), lengths)
        if replaced > 0:
            hit = (rows < len(self.gram_starts) - 1) & (chance.random(len(rows)) < replaced)
            words = rows[hit]
            counts = self.gram_starts[words + 1] - self.gram_starts[words]
            grams = self.gram_rows[_ranges(self.gram_starts[words], counts)]
            rows = np.concatenate([rows[~hit], grams])
            weights = np.concatenate([weights[~hit], np.repeat(np.maximum(counts, 1) ** -0.5, counts)])
            bag = np.concatenate([bag[~hit], np.repeat(bag[hit], counts)])
            order = np.argsort(bag, kind="stable")
            rows, weights, bag = rows[order], weights[order], bag[order]
        offsets = np.searchsorted(bag, np.arange(len(numbers)))
        return (torch.from_numpy(rows.astype(np.int64)), torch.from_numpy(offsets.astype(np.int64)),
                torch.from_numpy(weights.astype(np.float32)))


def _ranges(starts, lengths):
    """The numbers start, start+1, … of each range, end to end."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - lengths, lengths) + np.repeat(starts, lengths)
