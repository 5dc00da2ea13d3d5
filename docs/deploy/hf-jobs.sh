#!/bin/sh
# Hugging Face Jobs: check, then train, in one container. Change the flavor, the image (it holds hf-token-check), the repos and the command.

# --secrets takes the token of `hf auth login` or of $HF_TOKEN and keeps it out of the job's record, where --env would show it.
# hf takes the first -- for itself, so it must be there for the second to reach hf-token-check.
# No --attempts: it would also try again what another try cannot change.
exec hf jobs run --flavor a10g-large --timeout 4h --secrets HF_TOKEN \
  ghcr.io/acme/train:1.0 -- \
  hf-token-check --read datasets/acme/data --write acme/model -- \
  python train.py
