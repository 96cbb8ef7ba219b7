"""Writes golden vectors: what the product must compute for texts written for this purpose.

python -m dejatrain.golden MODEL fixtures/golden/learned-embedder.json
"""

import json
import os
import sys

import numpy as np

from . import features, fold

TEXTS = [
    "", " ", "\n\t \r\n", "?!…", "\u0000", "a\u0000b", "a", "I", "1", "?a",
    "How do I reset my password?", "how do i reset my password", "HOW DO I RESET MY PASSWORD???",
    "I forgot my password, how can I get a new one?", "How do I change my user name?",
    "Enable two-factor authentication for my account", "Disable two-factor authentication for my account",
    "What's the capital of France?", "What is the capital of France", "Whats the capital of france",
    "I can't log in and it won't let me try again", "I cannot log in and it will not let me try again",
    "Don't they've we're she'll he'd I'm let's ain't shan't", "dont cant wont isnt im ive gonna wanna youre",
    "The dog's bone, the dogs' bones and O'Reilly's o'clock", "it’s what’s typographic ‘quotes’ do",
    "Refund $49.99 on 2024-05-01 at 10:30, order no. 1,234,567", "Refund $49.98 on 2024-05-01 at 10:30",
    "3.14 .5 5. 1..2 1:2:3 7, 8", "2fa 10km 1st 5pm gpt4 v2.0.1 h264 x86_64", "c++ c# f# .net C++17 a# go++x",
    "50% of 100 = 50 + 0 < 51 ~ 49", "====== ++++ $$$ 100%%",
    "user_id snake_case kebab-case CamelCase path/to/file.txt", "antidisestablishmentarianism pneumonoultramicroscopic",
    "zzxqj wvutk qqqq", "Straße Çà naïve café Ångström", "cafe\u0301 cafe\u0301s e\u0301\u0302", "ＦＵＬＬ ｗｉｄｔｈ １２３ ﬁne ﬀ",
    "İstanbul ISTANBUL ıspanak", "10² H₂O ½ ¾ cup ™ ® © Apple™", "Привет, как мне сменить пароль?",
    "Πώς αλλάζω τον κωδικό μου;", "كَيْفَ أُغَيِّرُ كَلِمَةَ المُرُورِ؟", "איך אני משנה את הסיסמה", "मैं अपना पासवर्ड कैसे बदलूं?",
    "ฉันจะเปลี่ยนรหัสผ่านได้อย่างไร", "비밀번호를 어떻게 바꾸나요?", "パスワードを変更するにはどうすればいいですか", "がぎぐ が か\u3099",
    "我怎么修改密码？", "怎么重置我的密码", "𠀀𠀁 漢字 kanji 漢", "👍", "👍🏽👍👍 great 👨‍👩‍👧 family 🇩🇪", "I ❤️ this ☕ — thanks…",
    "zero\u200bwidth\u00adsoft\ufeffbom", "\u202eright to left\u202c", "\ufffd \uffff \U0010ffff",
    "Write a Python function that reverses a linked list in place:\n```python\ndef reverse(head):\n    ...\n```",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z", "no no no no no no no no", "the",
    "lorem ipsum dolor sit amet " * 200, "x" * 5000, "Tell me about trains. " + "and then " * 300 + "the end.",
]


class Model:
    """Reads a model folder as docs/model-format.md describes it and computes in double precision."""

    def __init__(self, folder):
        with open(os.path.join(folder, "manifest.json")) as file:
            self.manifest = json.load(file)
        size, blob = self.manifest["parameters"], open(os.path.join(folder, "weights.bin"), "rb").read()
        self.at = 0

        def take(kind, *shape):
            count = int(np.prod(shape))
            values = np.frombuffer(blob, kind, count, self.at).reshape(shape)
            self.at += values.nbytes
            return values

        words, bigrams, width, hidden = (int(size[n]) for n in ("words", "bigrams", "width", "hidden"))
        rows, d = words + bigrams + int(size["bigramBuckets"]) + int(size["characterBuckets"]), self.manifest["dimension"]
        keys = take("<u8", words + bigrams)
        self.words = {int(key): i for i, key in enumerate(keys[:words])}
        self.bigrams = {int(key): words + i for i, key in enumerate(keys[words:])}
        take("<f4", words)
        scales, packed = take("<f4", rows), take("u1", rows, width // 2)
        codes = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float64) - 8
        self.rows = codes * scales[:, None]
        self.enter, self.enter_bias = take("<f4", hidden, width), take("<f4", hidden)
        self.leave, self.straight, self.bias = take("<f4", d, hidden), take("<f4", d, width), take("<f4", d)
        assert self.at == len(blob)
        self.hashed, self.bigram_buckets = words + bigrams, int(size["bigramBuckets"])
        self.character_buckets = int(size["characterBuckets"])

    def embed(self, words):
        total = np.zeros(self.rows.shape[1])
        keys = [features.hash_bytes(word.encode("utf-8")) for word in words]
        for word, key in zip(words, keys):
            if key in self.words:
                total += self.rows[self.words[key]]
                continue
            grams = [self.hashed + self.bigram_buckets + g % self.character_buckets for g in features.grams(word)]
            for row in grams:
                total += self.rows[row] / len(grams) ** 0.5
        for left, right in zip(keys, keys[1:]):
            pair = features.hash_pair(left, right)
            total += self.rows[self.bigrams.get(pair, self.hashed + pair % self.bigram_buckets)]
        if np.linalg.norm(total) < 1e-9:
            return np.zeros(len(self.bias))
        total *= 4 / np.linalg.norm(total)
        out = self.straight @ total + self.leave @ np.maximum(0, self.enter @ total + self.enter_bias) + self.bias
        return out / np.linalg.norm(out)


def main():
    model = Model(sys.argv[1])
    cases = []
    for text in TEXTS:
        words = fold.tokens(text)
        cases.append({"text": text, "words": words if len(words) < 100 else None,
                      "vector": [round(float(x), 5) for x in model.embed(words)]})
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump({"model": model.manifest["name"], "sha256": model.manifest["files"][0]["sha256"], "cases": cases},
                  file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
