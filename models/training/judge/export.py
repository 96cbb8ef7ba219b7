"""Writes the model folder: manifest.json and judge.bin.

judge.bin, little-endian: magic "DEJAJDG1"; u32 counts of features, words, evidence, trees, inner nodes, leaves, knots,
budgets; f32 rarity of unknown words; words (u32 keys, then u8 levels); evidence (u32 keys, then u8 levels);
trees (u32 first inner node, u32 first leaf, each); inner nodes (u8 feature, u8 zero, i16 left, i16 right, f32
threshold: a child below zero is leaf -1-child of its tree); leaves (f32); knots (f32 score, f32 probability);
budgets (f64 budget, f64 threshold).
"""

import collections
import hashlib
import json
import pathlib
import struct

import numpy as np


def trees_of(model):
    """(first nodes, first leaves, nodes, leaf values) of a LightGBM model."""
    starts, nodes, leaves = [], [], []
    for tree in model.dump_model()["tree_info"]:
        starts.append((len(nodes), len(leaves)))
        mine, values = [], []

        def walk(node):
            if "leaf_value" in node:
                values.append(node["leaf_value"])
                return -len(values)
            assert node["decision_type"] == "<=" and node["missing_type"] == "None" or node["default_left"] in (True, False)
            place = len(mine)
            mine.append(None)
            left = walk(node["left_child"])
            right = walk(node["right_child"])
            # Compared as 32-bit floats: round down, so that x <= t stays true for no larger x.
            threshold = np.float32(node["threshold"])
            if float(threshold) > node["threshold"]:
                threshold = np.nextafter(threshold, np.float32(-np.inf), dtype=np.float32)
            mine[place] = (node["split_feature"], left, right, float(threshold))
            return place

        walk(tree["tree_structure"])
        nodes += mine
        leaves += values
    return starts, nodes, leaves


def write(folder, tool, model, vocabulary, unknown, evidence, knots, curve, options, data, train, note):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    starts, nodes, leaves = trees_of(model)
    words, proof = sorted(vocabulary), sorted(evidence)
    parts = [b"DEJAJDG1", struct.pack(
        "<8If", len(tool.features), len(words), len(proof), len(starts), len(nodes), len(leaves), len(knots),
        len(curve), unknown)]
    for table, keys in ((vocabulary, words), (evidence, proof)):
        parts.append(np.array(keys, "<u4").tobytes())
        parts.append(np.array([table[k] for k in keys], "u1").tobytes())
    parts.append(np.array(starts, "<u4").tobytes())
    parts += [struct.pack("<BBhhf", f, 0, left, right, t) for f, left, right, t in nodes]
    parts.append(np.array(leaves, "<f4").tobytes())
    parts.append(np.array(knots, "<f4").tobytes())
    parts.append(np.array(curve, "<f8").tobytes())
    blob = b"".join(parts)
    (folder / "judge.bin").write_bytes(blob)
    digest = hashlib.sha256(blob).hexdigest()
    counts = collections.Counter(row[0] for row in train)
    manifest = {
        "format": 1, "kind": "judge-trees", "identifier": f"judge-v1@{digest[:12]}",
        "embedder": pathlib.Path(options.embedder).name if options.embedder else "interim-hashed",
        "file": "judge.bin", "bytes": len(blob), "sha256": digest, "features": tool.features, "guards": tool.guards,
        "trees": len(starts), "words": len(words), "evidence": len(proof), "confidence": 1 - note["delta"],
        "calibration_pairs": note["pairs"], "variant": "clean" if options.clean else "full", "license": "Apache-2.0",
        "provenance": dict(sorted(counts.items())),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    return manifest
