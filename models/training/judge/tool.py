"""The feature tool, which computes for training what the judge computes for serving."""

import hashlib
import pathlib
import subprocess

import numpy as np


class Tool:
    """The feature tool, and the files that it reads."""

    def __init__(self, path, work, embedder):
        self.path, self.work, self.embedder = path, pathlib.Path(work), embedder
        self.work.mkdir(parents=True, exist_ok=True)
        names = self.run("names", "").split()
        self.features = [name for name in names if not name.startswith("guard:")]
        self.guards = [name[6:] for name in names if name.startswith("guard:")]

    def run(self, mode, text, *options):
        result = subprocess.run([self.path, mode, *options], input=text.encode(), stdout=subprocess.PIPE, check=True)
        return result.stdout.decode()

    def pairs(self, rows, *options, embedder=None):
        """Features (n×F) and guard masks (n) of rows, by another embedder's cosines where one is named."""
        out = self.work / "features.bin"
        embedder = embedder or self.embedder
        extra = ["--embedder", embedder] if embedder else []
        self.run("pairs", "".join(f"{r[2]}\t{r[3]}\n" for r in rows), *options, *extra, "--out", str(out))
        table = np.fromfile(out, dtype="<f4").reshape(-1, len(self.features) + 1)
        return table[:, :-1].copy(), table[:, -1].copy().view("<u4")

    def logits(self, rows, verifier):
        """The verifier's two logits of rows (n×2), not-a-number where it does not read a pair, and its identifier.

        A pair takes milliseconds, so what was computed is kept in the work folder.
        """
        model = hashlib.sha256((pathlib.Path(verifier) / "manifest.json").read_bytes()).hexdigest()[:12]
        kept = self.work / f"logits-{model}.npz"
        known = {}
        if kept.exists():
            with np.load(kept) as file:
                known = dict(zip(file["keys"].tolist(), file["logits"]))
        keys = [hashlib.sha256(f"{r[2]}\t{r[3]}".encode()).hexdigest()[:24] for r in rows]
        wanted = {key: row for key, row in zip(keys, rows) if key not in known}
        out = self.work / "logits.bin"
        printed = self.run("verify", "".join(f"{r[2]}\t{r[3]}\n" for r in wanted.values()), "--verifier", str(verifier),
                           "--out", str(out))
        known.update(zip(wanted, np.fromfile(out, dtype="<f4").reshape(-1, 2)))
        if wanted:
            np.savez(kept, keys=np.array(list(known)), logits=np.array(list(known.values()), np.float32))
        return np.array([known[key] for key in keys], np.float32).reshape(-1, 2), printed.strip()
