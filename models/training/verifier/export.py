"""Writes a model folder that `Transformer` in Swift reads (docs/model-format.md).

    python -m verifier.export CHECKPOINT VOCABULARY OUT [--name deja-verifier-v1] [--card FILE] [--mean-with FOLDER]
        [--share 0.5]

in models/training. CHECKPOINT is what train.py saves: the state of a `Verifier`, or a dictionary that holds it.
VOCABULARY has one piece a line. Matrices become 8 bits with a scale an output, tables 8 bits with a scale a row.
"""

import argparse
import hashlib
import json
import pathlib
import shutil

import numpy as np
import torch

TOKENIZER = "wordpiece-pair-1"


def table(matrix):
    """Scales, then bytes: symmetric, each row's largest magnitude to 127."""
    matrix = np.asarray(matrix, np.float32)
    scale = np.abs(matrix).max(1) / 127
    codes = np.rint(matrix / np.where(scale > 0, scale, 1)[:, None]).astype("<i1")
    return scale.astype("<f4").tobytes() + codes.tobytes()


def floats(values):
    return np.asarray(values, "<f4").tobytes()


def weights(state):
    """The packed arrays of weights.bin in their order, and the number of layers."""
    get = lambda name: state[name].detach().float().cpu().numpy()
    linear = lambda at: table(get(at + ".weight")) + floats(get(at + ".bias"))
    norm = lambda at: floats(get(at + ".weight")) + floats(get(at + ".bias"))
    parts = [table(get("encoder.words.weight")), table(get("encoder.positions.weight")),
             floats(get("encoder.segments.weight")), floats(get("encoder.tags.weight")), norm("encoder.norm")]
    layers = layer_count(state)
    for layer in range(layers):
        at = f"encoder.layers.{layer}."
        parts += [linear(at + "qkv"), linear(at + "out"), norm(at + "norm1"), linear(at + "up"), linear(at + "down"),
                  norm(at + "norm2")]
    parts += [linear("dense"), floats(get("score.weight")), floats(get("score.bias"))]
    return b"".join(parts), layers


def layer_count(state):
    return 1 + max(int(name.split(".")[2]) for name in state if name.startswith("encoder.layers."))


def read_state(path):
    """The tensors of a checkpoint, wherever in it they are."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    while "encoder.words.weight" not in checkpoint:
        checkpoint = next(value for value in checkpoint.values() if isinstance(value, dict))
    return checkpoint


def read_folder(folder):
    """The state that a model folder of ours holds, its rows as their 8 bits give them back: what training can go on from
    where the checkpoint is gone. Inverse of `weights`."""
    folder = pathlib.Path(folder)
    size = json.loads((folder / "manifest.json").read_text())["parameters"]
    blob, at = (folder / "weights.bin").read_bytes(), 0

    def take(kind, *shape):
        nonlocal at
        values = np.frombuffer(blob, kind, int(np.prod(shape)), at).reshape(shape)
        at += values.nbytes
        return torch.tensor(values.astype(np.float32))

    state = {}

    def rows(name, count, columns):
        scale = take("<f4", count)
        state[name] = take("<i1", count, columns) * scale[:, None]

    def linear(name, outputs, inputs):
        rows(name + ".weight", outputs, inputs)
        state[name + ".bias"] = take("<f4", outputs)

    def norm(name):
        state[name + ".weight"], state[name + ".bias"] = take("<f4", width), take("<f4", width)

    width, inner = size["width"], size["inner"]
    rows("encoder.words.weight", size["vocabulary"], width)
    rows("encoder.positions.weight", size["positions"], width)
    state["encoder.segments.weight"] = take("<f4", size["segments"], width)
    state["encoder.tags.weight"] = take("<f4", size["tags"], width)
    norm("encoder.norm")
    for layer in range(size["layers"]):
        name = f"encoder.layers.{layer}."
        linear(name + "qkv", 3 * width, width)
        linear(name + "out", width, width)
        norm(name + "norm1")
        linear(name + "up", inner, width)
        linear(name + "down", width, inner)
        norm(name + "norm2")
    linear("dense", width, 2 * width)
    state["score.weight"], state["score.bias"] = take("<f4", 1, width), take("<f4", 1)
    assert at == len(blob), f"{len(blob)} bytes where {at} were expected"
    return state


def read_pieces(path):
    return pathlib.Path(path).read_text(encoding="utf-8").removesuffix("\n").split("\n")


def write(folder, state, pieces, name, licence, provenance):
    """Writes the folder and returns the model's identifier."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    blob, layers = weights(state)
    vocabulary = "".join(piece + "\n" for piece in pieces).encode()
    rows, width = state["encoder.words.weight"].shape
    assert rows == len(pieces), f"{rows} rows for {len(pieces)} pieces"
    files, digests = [], b""
    for file, content in (("weights.bin", blob), ("vocabulary.txt", vocabulary)):
        (folder / file).write_bytes(content)
        digest = hashlib.sha256(content)
        digests += digest.digest()
        files.append({"name": file, "bytes": len(content), "sha256": digest.hexdigest()})
    size = lambda key: state[key].shape[0]
    parameters = {
        "layers": layers, "width": width, "heads": 12, "inner": size("encoder.layers.0.up.weight"),
        "positions": size("encoder.positions.weight"), "vocabulary": rows, "segments": size("encoder.segments.weight"),
        "tags": size("encoder.tags.weight"), "bits": 8, "tokens": 128,
    }
    manifest = {
        "format": 1, "kind": "cross-encoder", "name": name, "dimension": 1, "tokenizer": TOKENIZER, "licence": licence,
        "provenance": provenance, "parameters": parameters, "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return f"{name}@{hashlib.sha256(digests).hexdigest()[:12]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("vocabulary")
    parser.add_argument("out")
    parser.add_argument("--name", default="deja-verifier-v1")
    parser.add_argument("--licence", default="Apache-2.0")
    parser.add_argument("--provenance", default="models/training/verifier, from all-MiniLM-L6-v2")
    parser.add_argument("--mean-with", metavar="FOLDER",
                        help="a model folder that the checkpoint was trained on from: write the mean of both")
    parser.add_argument("--share", type=float, default=0.5, help="the checkpoint's share of that mean")
    parser.add_argument("--card", help="a MODEL_CARD.md to put beside")
    options = parser.parse_args()
    state = read_state(options.checkpoint)
    if options.mean_with:
        # One pass more pulls towards its pairs and away from the rest; the mean of before and after keeps most of both
        # (M. Wortsman et al., "Model soups", ICML 2022).
        before = read_folder(options.mean_with)
        share = options.share
        state = {name: share * tensor.float() + (1 - share) * before[name] for name, tensor in state.items()}
    identifier = write(
        options.out, state, read_pieces(options.vocabulary), options.name, options.licence, options.provenance)
    if options.card:
        shutil.copyfile(options.card, pathlib.Path(options.out) / "MODEL_CARD.md")
    size = sum(path.stat().st_size for path in pathlib.Path(options.out).iterdir())
    print(f"{identifier}: {size} bytes in {options.out}")


if __name__ == "__main__":
    main()
