# /// script
# requires-python = ">=3.9"
# dependencies = ["hf-token-check"]
# ///
"""A job that looks before it leaps: hf jobs uv run --secrets HF_TOKEN examples/train.py"""

import hf_token_check

hf_token_check.check(read="datasets/acme/data", write="acme/model")

print("training")
