"""The verifier: MiniLM's encoder over a pair, with a tag embedding, and a head that says whether one answer serves both.

Post-layer-norm BERT, width 384, 12 heads, feed-forward 1536, erf-GELU, eps 1e-12. Head: concat(first state, mean of the
states) → 384 → tanh → 1.
"""

import torch
from torch import nn
from torch.nn import functional

WIDTH, HEADS, INNER, EPSILON = 384, 12, 1536, 1e-12


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, EPSILON)
        self.up = nn.Linear(WIDTH, INNER)
        self.down = nn.Linear(INNER, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, EPSILON)

    def forward(self, x, mask, dropout):
        n, length, _ = x.shape
        q, k, v = self.qkv(x).view(n, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        # By hand: at these lengths torch's fused attention takes four times as long on a CPU.
        weights = q @ k.transpose(-1, -2) * (WIDTH // HEADS) ** -0.5
        y = (weights if mask is None else weights.masked_fill(~mask, -1e4)).softmax(-1).to(v.dtype) @ v
        y = self.out(y.transpose(1, 2).reshape(n, length, WIDTH))
        x = self.norm1(x + functional.dropout(y, dropout, self.training))
        y = self.down(functional.gelu(self.up(x)))
        return self.norm2(x + functional.dropout(y, dropout, self.training))


class Encoder(nn.Module):
    def __init__(self, vocabulary, layers=6, positions=128, tags=5):
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.positions = nn.Embedding(positions, WIDTH)
        self.segments = nn.Embedding(2, WIDTH)
        self.tags = nn.Embedding(tags, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.dropout = 0.0

    def forward(self, ids, segments, tags, lengths):
        """ids, segments, tags: n×L; lengths: n. Returns n×L×384. Padding is masked only where there is some."""
        length = ids.shape[1]
        x = self.words(ids) + self.positions.weight[:length] + self.segments(segments) + self.tags(tags)
        x = functional.dropout(self.norm(x), self.dropout, self.training)
        mask = None
        if int(lengths.min()) < length:
            mask = (torch.arange(length)[None] < lengths[:, None])[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask, self.dropout)
        return x


class Verifier(nn.Module):
    def __init__(self, vocabulary, layers=6):
        super().__init__()
        self.encoder = Encoder(vocabulary, layers)
        self.dense = nn.Linear(2 * WIDTH, WIDTH)
        self.score = nn.Linear(WIDTH, 1)

    def forward(self, ids, segments, tags, lengths):
        """The logit of each pair: n."""
        x = self.encoder(ids, segments, tags, lengths)
        here = (torch.arange(ids.shape[1])[None] < lengths[:, None]).to(x.dtype)[..., None]
        pooled = torch.cat([x[:, 0], (x * here).sum(1) / here.sum(1)], 1)
        return self.score(torch.tanh(self.dense(pooled)))[:, 0]


def from_minilm(state, pieces, keep, layers=6):
    """A verifier that starts from MiniLM. `state`: the tensors of its model.safetensors; `pieces`: its vocabulary;
    `keep`: ours. Tag and head weights start at chance; [PAD] and the other marks keep their rows."""
    model = Verifier(len(keep), layers)
    row = {piece: i for i, piece in enumerate(pieces)}
    with torch.no_grad():
        encoder = model.encoder
        encoder.words.weight.copy_(state["embeddings.word_embeddings.weight"][[row[piece] for piece in keep]])
        encoder.positions.weight.copy_(state["embeddings.position_embeddings.weight"][: encoder.positions.num_embeddings])
        encoder.segments.weight.copy_(state["embeddings.token_type_embeddings.weight"])
        encoder.tags.weight.normal_(0, 0.02)
        load(encoder.norm, state, "embeddings.LayerNorm")
        for i, layer in enumerate(encoder.layers):
            # Fewer layers: every second one of MiniLM's.
            at = f"encoder.layer.{i if layers == 6 else 2 * i + 1}."
            parts = [at + f"attention.self.{name}." for name in ("query", "key", "value")]
            layer.qkv.weight.copy_(torch.cat([state[part + "weight"] for part in parts]))
            layer.qkv.bias.copy_(torch.cat([state[part + "bias"] for part in parts]))
            load(layer.out, state, at + "attention.output.dense")
            load(layer.norm1, state, at + "attention.output.LayerNorm")
            load(layer.up, state, at + "intermediate.dense")
            load(layer.down, state, at + "output.dense")
            load(layer.norm2, state, at + "output.LayerNorm")
    return model


def load(module, state, name):
    module.weight.copy_(state[name + ".weight"])
    module.bias.copy_(state[name + ".bias"])
