# /// script
# requires-python = ">=3.9"
# dependencies = ["hf-preflight"]
# ///
"""A job that looks before it leaps: hf jobs uv run --secrets HF_TOKEN examples/train.py"""

import hf_preflight

hf_preflight.check(read="datasets/acme/data", write="acme/model")

print("training")
