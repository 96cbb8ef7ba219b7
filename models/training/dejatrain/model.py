"""The student: sum of rows, scaled to length 4, a residual two-layer head, unit norm."""

import torch
from torch import nn
from torch.nn import functional

from . import features

WIDTH, HIDDEN, LENGTH = 256, 512, 4.0


class Student(nn.Module):
    def __init__(self, seed=1):
        super().__init__()
        torch.manual_seed(seed)
        self.rows = nn.EmbeddingBag(features.ROWS, WIDTH, mode="sum", sparse=True)
        nn.init.normal_(self.rows.weight, std=0.02)
        self.enter, self.leave = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, rows, offsets, weights):
        total = self.rows(rows, offsets, per_sample_weights=weights)
        scaled = LENGTH * functional.normalize(total, dim=1, eps=1e-6)
        return functional.normalize(self.head(scaled), dim=1, eps=1e-6)

    def head(self, scaled):
        return scaled + self.leave(functional.relu(self.enter(scaled)))


def distillation(mine, target, similarity):
    """mean(1 − cos) + 10 × mean squared difference of the batch's similarity matrices."""
    return (1 - (mine * target).sum(1)).mean() + 10 * (mine @ mine.T - similarity).square().mean()
