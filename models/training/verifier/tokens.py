"""Words, word pieces and tags of a pair: the reference for `Transformer` in Swift.

Words are those of BERT's basic tokeniser (lower case, accents stripped, every punctuation mark and every CJK character a
word of its own); pieces are the longest matches in the pruned vocabulary. A word's *tag* says how it stands to the
other side, which a small encoder would otherwise spend its first layers on.
"""

import functools
import unicodedata

MAX_TOKENS = 128
CUT_MARGIN = 12  # the most words around a difference that are kept when a pair is too long

SPECIAL, SAME, DIFFERENT, DIFFERENT_FIGURE, MOVED = range(5)
TAGS = 5


def is_punctuation(c):
    o = ord(c)
    if 33 <= o <= 47 or 58 <= o <= 64 or 91 <= o <= 96 or 123 <= o <= 126:
        return True
    return unicodedata.category(c).startswith("P")


def is_cjk(c):
    o = ord(c)
    return (0x4E00 <= o <= 0x9FFF or 0x3400 <= o <= 0x4DBF or 0x20000 <= o <= 0x2A6DF or 0x2A700 <= o <= 0x2B73F
            or 0x2B740 <= o <= 0x2B81F or 0x2B820 <= o <= 0x2CEAF or 0xF900 <= o <= 0xFAFF or 0x2F800 <= o <= 0x2FA1F)


def words(text):
    """The words of a text. Control characters go; any white space separates."""
    out, word = [], []

    def flush():
        if word:
            out.append("".join(word))
            word.clear()

    for c in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(c)
        if category == "Mn" or c == "\0" or c == "\ufffd":
            continue
        if c in " \t\n\r" or category == "Zs":
            flush()
        elif category in ("Cc", "Cf"):
            continue
        elif is_punctuation(c) or is_cjk(c):
            flush()
            out.append(c)
        else:
            word.append(c)
    flush()
    return out


class Vocabulary:
    """The pruned vocabulary: one piece a line, [PAD] [UNK] [CLS] [SEP] first."""

    PAD, UNKNOWN, CLS, SEP = range(4)

    def __init__(self, pieces):
        assert pieces[:4] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
        self.list = pieces
        self.index = {piece: i for i, piece in enumerate(pieces)}
        self.pieces = functools.lru_cache(maxsize=500_000)(self._pieces)

    @classmethod
    def read(cls, path):
        with open(path, encoding="utf-8") as file:
            return cls(file.read().split("\n")[:-1])

    def _pieces(self, word):
        """Longest match first; a word of more than 100 characters, or with a character of no piece, is [UNK]."""
        if len(word) > 100:
            return (self.UNKNOWN,)
        out, start = [], 0
        while start < len(word):
            end = len(word)
            while end > start:
                piece = ("##" if start else "") + word[start:end]
                if piece in self.index:
                    out.append(self.index[piece])
                    break
                end -= 1
            else:
                return (self.UNKNOWN,)
            start = end
        return tuple(out)


def side_tags(own, other):
    """The tag of every word of `own`, seen from `other`. A word MOVED stands there too, but beside no neighbour that it
    has here, left or right."""
    there = set(other)
    bounded = ["\0"] + other + ["\0"]
    neighbours = set(zip(bounded, bounded[1:]))
    tags = []
    for i, word in enumerate(own):
        if word not in there:
            tags.append(DIFFERENT_FIGURE if any(c.isdigit() for c in word) else DIFFERENT)
            continue
        left = own[i - 1] if i else "\0"
        right = own[i + 1] if i + 1 < len(own) else "\0"
        tags.append(SAME if (left, word) in neighbours or (word, right) in neighbours else MOVED)
    return tags


def near_differences(tags, margin):
    """Which words are kept when a pair is too long: those at most `margin` words from one that is not SAME."""
    keep = [False] * len(tags)
    for i, tag in enumerate(tags):
        if tag != SAME:
            for j in range(max(0, i - margin), min(len(tags), i + margin + 1)):
                keep[j] = True
    return keep


def encode(vocabulary, a, b):
    """(ids, segments, tags) of `[CLS] a [SEP] b [SEP]` for two lists of words, or None where even the differences
    alone are too many: such a pair is not verified, since what was cut might be what differs."""
    sides = []
    for own, other in ((a, b), (b, a)):
        sides.append(([vocabulary.pieces(word) for word in own], side_tags(own, other)))
    budget = MAX_TOKENS - 3
    if sum(len(pieces) for side, _ in sides for pieces in side) > budget:
        for margin in range(CUT_MARGIN, -1, -1):
            kept = []
            for pieces, tags in sides:
                keep = near_differences(tags, margin)
                kept.append(([p for p, k in zip(pieces, keep) if k], [t for t, k in zip(tags, keep) if k]))
            if sum(len(pieces) for side, _ in kept for pieces in side) <= budget:
                sides = kept
                break
        else:
            return None
    ids, segments, tags = [vocabulary.CLS], [0], [SPECIAL]
    for segment, (pieces, side) in enumerate(sides):
        for word, tag in zip(pieces, side):
            ids.extend(word)
            tags.extend([tag] * len(word))
        ids.append(vocabulary.SEP)
        tags.append(SPECIAL)
        segments.extend([segment] * (len(ids) - len(segments)))
    return ids, segments, tags
