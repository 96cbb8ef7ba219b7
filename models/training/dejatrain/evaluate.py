"""AUC of cosine against labels, set by set."""

import numpy as np


def auc(values, labels):
    """Area under the ROC curve, ties counted half; nan where one label is missing."""
    values, labels = np.asarray(values, np.float64), np.asarray(labels)
    positives, negatives = int((labels == 1).sum()), int((labels == 0).sum())
    if positives == 0 or negatives == 0:
        return float("nan")
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def hits_at(values, right, answerable, shares=(0.01, 0.02, 0.05)):
    """A cache stream: `values` the similarity of each lookup's nearest entry, `right` whether that entry serves it,
    `answerable` how many lookups some entry serves. The share of those answered rightly while false hits stay at or
    under each share of all lookups."""
    order = np.argsort(-values, kind="stable")
    good, bad = np.cumsum(right[order]), np.cumsum(~right[order])
    return [float(good[bad <= share * len(values)].max(initial=0) / answerable) for share in shares]


def stream(vectors, clusters, chance):
    """Half of the texts are cached, half looked up; one cluster is one answer. The shares of `hits_at`, and the share of
    the answerable lookups whose nearest entry serves them."""
    order = chance.permutation(len(clusters))
    cached, asked = order[::2], order[1::2]
    known = set(clusters[cached].tolist())
    best, nearest = np.zeros(len(asked), np.float32), np.zeros(len(asked), np.int64)
    for start in range(0, len(asked), 1024):
        block = vectors[asked[start : start + 1024]] @ vectors[cached].T
        nearest[start : start + 1024] = block.argmax(1)
        best[start : start + 1024] = block.max(1)
    right = clusters[cached[nearest]] == clusters[asked]
    answerable = sum(c in known for c in clusters[asked].tolist())
    return hits_at(best, right, answerable) + [float(right.sum() / answerable)]
