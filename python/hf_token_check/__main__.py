"""`python -m hf_token_check` execs the binary."""

import os
import signal
import sys

from hf_token_check import _binary

if __name__ == "__main__":
    # Python ignores both; COMMAND must inherit the default dispositions.
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)
    binary = _binary.find()
    os.execv(binary, [binary, *sys.argv[1:]])
