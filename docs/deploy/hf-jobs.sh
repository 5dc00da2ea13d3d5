#!/bin/sh
# Hugging Face Jobs: check, then train, in one container. Change the flavor, the image (it holds hf-token-check), the repos and the command.

# --secrets passes the token of `hf auth login` or $HF_TOKEN as a secret; --env would show it in the job's record.
# hf consumes the first --, so put it in twice.
# No --attempts: it would also retry failures that retrying cannot fix.
exec hf jobs run --flavor a10g-large --timeout 4h --secrets HF_TOKEN \
  ghcr.io/acme/train:1.0 -- \
  hf-token-check --read datasets/acme/data --write acme/model -- \
  python train.py
