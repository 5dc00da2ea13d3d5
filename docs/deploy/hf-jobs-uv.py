# Hugging Face Jobs, a uv script: `hf jobs uv run hf-jobs-uv.py`. Change the dependencies, the flavor, the repos and what follows the check.
#
# /// script
# requires-python = ">=3.10"
# dependencies = ["hf-token-check==0.1.0", "datasets", "transformers[torch]"]
#
# [tool.hf-jobs]
# flavor = "a10g-large"
# timeout = "4h"
# secrets = ["HF_TOKEN"]
# ///
import subprocess
import sys

# Before the imports, which take a minute. The exit status stays hf-token-check's own.
if status := subprocess.call(["hf-token-check", "--read", "datasets/acme/data", "--write", "acme/model"]):
    sys.exit(status)

from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer

data = load_dataset("acme/data", split="train")
tokenizer = AutoTokenizer.from_pretrained("acme/model")
model = AutoModelForCausalLM.from_pretrained("acme/model")
# ... train ...
model.push_to_hub("acme/model")
