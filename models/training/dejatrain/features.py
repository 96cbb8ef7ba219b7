"""Rows of a text: listed words, listed and hashed bigrams, character n-grams of unknown words.

Row numbers: [0, words) words · then listed bigrams · then hashed bigrams · then character buckets.
"""

from collections import Counter

import numpy as np

from . import fold

WORDS, BIGRAMS, BIGRAM_BUCKETS, CHARACTER_BUCKETS = 32_768, 16_384, 8_192, 8_192
ROWS = WORDS + BIGRAMS + BIGRAM_BUCKETS + CHARACTER_BUCKETS
MASK = (1 << 64) - 1


def finish(h):
    h ^= h >> 32
    h = h * 0x9E3779B97F4A7C15 & MASK
    return h ^ (h >> 29)


def hash_bytes(data):
    """FNV-1a, 64 bits, with a multiply-shift finish: the low bits are good enough to index by."""
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & MASK
    return finish(h)


def hash_pair(left, right):
    """The key of a bigram from the keys of its words."""
    turned = (left << 21 | left >> 43) & MASK
    return finish((turned + right) * 0xFF51AFD7ED558CCD & MASK)


def grams(word):
    """Keys of the 3-, 4- and 5-grams (of code points) of <word>."""
    pieces = [c.encode("utf-8", "surrogatepass") for c in "<" + word + ">"]
    keys = []
    for start in range(len(pieces) - 2):
        for size in (3, 4, 5):
            if start + size <= len(pieces):
                keys.append(hash_bytes(b"".join(pieces[start : start + size])))
    return keys


class Vocabulary:
    """Which words and bigrams have rows of their own."""

    def __init__(self, words, bigrams, document_counts, documents):
        self.words, self.bigrams = words, bigrams
        self.document_counts, self.documents = document_counts, documents
        self.row = {word: i for i, word in enumerate(words)}
        self.bigram_row = {tuple(pair): WORDS + i for i, pair in enumerate(bigrams)}
        self._keys, self._grams = {}, {}

    @classmethod
    def count(cls, tokenised):
        words, bigrams, seen = Counter(), Counter(), Counter()
        documents = 0
        for words_of in tokenised:
            documents += 1
            words.update(words_of)
            seen.update(set(words_of))
            bigrams.update(zip(words_of, words_of[1:]))
        kept = sorted(words, key=lambda w: (-words[w], w))[:WORDS]
        pairs = sorted(bigrams, key=lambda p: (-bigrams[p], p))[:BIGRAMS]
        return cls(kept, pairs, [seen[word] for word in kept], documents)

    def key(self, word):
        found = self._keys.get(word)
        if found is None:
            found = self._keys[word] = hash_bytes(word.encode("utf-8", "surrogatepass"))
        return found

    def character_rows(self, word):
        found = self._grams.get(word)
        if found is None:
            base = ROWS - CHARACTER_BUCKETS
            found = np.array([base + key % CHARACTER_BUCKETS for key in grams(word)], np.int32)
            self._grams[word] = found
        return found

    def rows(self, words):
        """Rows and weights. Unknown words share weight 1/sqrt(n) over their n grams."""
        rows, weights = [], []
        for word in words:
            row = self.row.get(word)
            if row is None:
                grams_of = self.character_rows(word)
                rows.extend(grams_of)
                weights.extend([len(grams_of) ** -0.5] * len(grams_of))
            else:
                rows.append(row)
                weights.append(1.0)
        base = WORDS + BIGRAMS
        for left, right in zip(words, words[1:]):
            row = self.bigram_row.get((left, right))
            if row is None:
                row = base + hash_pair(self.key(left), self.key(right)) % BIGRAM_BUCKETS
            rows.append(row)
            weights.append(1.0)
        return rows, weights
