"""Boosted trees, and how good a score is."""

import numpy as np

from risk import SEED

# What a pair cannot have too much of.
RISING = ("cosine", "verifierForward", "verifierBackward")


def fit_trees(x, y, w, names, rounds=400, leaves=20, least=150):
    import lightgbm
    parameters = dict(
        objective="binary", learning_rate=0.06, num_leaves=leaves, min_data_in_leaf=least, feature_fraction=0.6,
        bagging_fraction=0.8, bagging_freq=1, lambda_l2=5.0, max_bin=127, seed=SEED, deterministic=True,
        num_threads=2, verbose=-1, monotone_constraints=[1 if n in RISING else 0 for n in names])
    return lightgbm.train(parameters, lightgbm.Dataset(x, y, weight=w, feature_name=list(names)), rounds)


def auc(score, label):
    """Area under the ROC curve, ties counted half."""
    from sklearn.metrics import roc_auc_score
    return roc_auc_score(label, score) if 0 < label.mean() < 1 else float("nan")


def calibration_error(p, y, bins=15):
    """ECE over equal-width bins."""
    which = np.minimum((p * bins).astype(int), bins - 1)
    return sum(abs(p[which == b].mean() - y[which == b].mean()) * (which == b).mean() for b in range(bins)
               if (which == b).any())
