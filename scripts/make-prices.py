#!/usr/bin/env python3
"""Makes models/prices.json: list prices per million tokens of the large providers' chat models.

Source: `model_prices_and_context_window_backup.json` of the PyPI wheel `litellm` (MIT), or a gzipped copy of it:

    python3 scripts/make-prices.py PATH_TO_JSON[.gz] AS_OF > models/prices.json
"""
import gzip
import json
import sys

PROVIDERS = ["openai", "anthropic", "gemini", "vertex_ai-language-models", "mistral", "deepseek", "xai", "cohere_chat"]


def per_million(dollars_per_token):
    return round(dollars_per_token * 1e6, 6)


def main():
    path, as_of = sys.argv[1:3]
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        table = json.load(file)
    models = {}
    # The first provider of a name wins: bare names of the providers' own interfaces before resold ones.
    for provider in PROVIDERS:
        for name, row in sorted(table.items()):
            if row.get("litellm_provider") != provider or row.get("mode") not in ("chat", "responses"):
                continue
            prompt, completion = row.get("input_cost_per_token"), row.get("output_cost_per_token")
            if not prompt or completion is None:
                continue
            cached = row.get("cache_read_input_token_cost", prompt)
            price = {"prompt": per_million(prompt), "cached_prompt": per_million(cached), "completion": per_million(completion)}
            models.setdefault(name.lower(), price)
            models.setdefault(name.lower().split("/")[-1], price)
    lines = ",\n".join(f'    {json.dumps(n)}: {json.dumps(p)}' for n, p in sorted(models.items()))
    print(
        '{\n  "format": 1,\n  "unit": "usd_per_million_tokens",\n'
        f'  "as_of": {json.dumps(as_of)},\n  "source": "litellm (MIT), model_prices_and_context_window_backup.json",\n'
        f'  "models": {{\n{lines}\n  }}\n}}'
    )


main()
