"""Writes the error messages that `--explain` is tested with, as the genuine libraries print them.

    python3 tests/explain/generate.py FOLDER

FOLDER gets one virtual environment per version of huggingface_hub. Every case runs there against a server on localhost that
answers as the Hub does. Each file starts with the codes that `--explain` must list, then the message as a user would paste it.
"""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

VERSIONS = {"0.36": ["huggingface_hub==0.36.0"], "1.2": ["huggingface_hub==1.2.0"], "2.4": ["huggingface_hub==2.4.0"]}
HERE = Path(__file__).parent
ANONYMOUS = "Invalid username or password."
NEVER = "Access to model meta/gated is restricted and you are not in the authorized list. Visit https://huggingface.co/meta/gated to ask for access."
PENDING = "Your request to access model meta/gated is awaiting a review from the repo authors."
REJECTED = "Your request to access model meta/gated has been rejected by the repo's authors."
BOX = "Please enable access to public gated repositories in your fine-grained token settings to view this repository."
CREATE = 'You don\'t have the rights to create a model under the namespace "acme"'
PULL = "Forbidden: pass `create_pr=1` as a query parameter to create a Pull Request"
READ_ONLY = "You have read access but not the required permissions for this operation"
INFERENCE = "This authentication method does not have sufficient permissions to call Inference Providers on behalf of user alice"

DOWNLOAD = "from huggingface_hub import hf_hub_download; hf_hub_download('meta/gated', 'config.json')"
UPLOAD = "from huggingface_hub import HfApi; HfApi().upload_file(path_or_fileobj=b'x', path_in_repo='a.txt', repo_id='acme/model')"
NEW = "from huggingface_hub import HfApi; HfApi().create_repo('acme/new')"
WHOAMI = "from huggingface_hub import whoami; whoami()"
INFO = "from huggingface_hub import HfApi; HfApi().model_info('acme/model')"
DATASET = "from huggingface_hub import HfApi; HfApi().dataset_info('acme/data')"
CHECK = "from huggingface_hub import auth_check; auth_check('meta/gated')"
COMMIT = """
import os
from huggingface_hub import HfApi
open('big.bin', 'wb').write(os.urandom(11_000_000))
HfApi().upload_file(path_or_fileobj='big.bin', path_in_repo='big.bin', repo_id='acme/model')
"""

# name, expected codes, program, (status, X-Error-Code, message), variables
CASES = [
    ("preupload-403-create-pr", "write-denied-read-token write-denied", UPLOAD, (403, None, PULL), {}),
    ("preupload-403-read-access", "write-denied-read-token write-denied", UPLOAD, (403, None, READ_ONLY), {}),
    ("preupload-403-none", "write-denied-read-token write-denied", UPLOAD, (403, None, ""), {}),
    ("preupload-401", "token-rejected", UPLOAD, (401, None, ANONYMOUS), {}),
    ("create-403", "create-denied-read-token create-denied-fine-grained create-denied", NEW, (403, None, CREATE), {}),
    ("create-401", "token-rejected", NEW, (401, None, ANONYMOUS), {}),
    ("whoami-401", "token-rejected", WHOAMI, (401, None, ANONYMOUS), {}),
    ("whoami-429", "hub-rate-limited", WHOAMI, (429, None, "We had to rate limit you, you hit the quota of 1000 api requests per 5 minutes period."), {}),
    ("whoami-no-token", "token-missing", WHOAMI, (401, None, ANONYMOUS), {"HF_TOKEN": ""}),
    ("info-404", "repo-not-found repo-not-visible", INFO, (404, "RepoNotFound", "Repository not found"), {}),
    ("info-401-repo", "token-rejected repo-not-visible", INFO, (401, "RepoNotFound", ANONYMOUS), {}),
    ("info-401-credentials", "token-rejected", INFO, (401, None, "Invalid credentials in Authorization header"), {}),
    ("info-401-expired", "token-expired", INFO, (401, None, 'User Access Token "ci" is expired'), {}),
    ("dataset-404", "repo-not-visible", DATASET, (404, "RepoNotFound", "Repository not found"), {}),
    ("info-403-revoked", "org-token-revoked", INFO, (403, None, "Your token has been revoked by the organization administrator, you can no longer access organization resources. Please contact them for more information."), {}),
    ("info-403-approval", "org-policy-approval", INFO, (403, None, "Due to the organization token policy, your token needs to be approved by the organization before you can access this resource."), {}),
    ("info-403-disabled", "repo-disabled", INFO, (403, None, "Access to this resource is disabled."), {}),
    ("info-503", "hub-error", INFO, (503, None, "Service unavailable"), {}),
    ("auth-check-403-never", "repo-gated", CHECK, (403, "GatedRepo", NEVER), {}),
    ("auth-check-403-box", "repo-gated-fine-grained", CHECK, (403, "GatedRepo", BOX), {}),
    ("download-403-never", "repo-gated", DOWNLOAD, (403, "GatedRepo", NEVER), {}),
    ("download-403-pending", "repo-gated-pending", DOWNLOAD, (403, "GatedRepo", PENDING), {}),
    ("download-403-rejected", "repo-gated-rejected", DOWNLOAD, (403, "GatedRepo", REJECTED), {}),
    ("download-403-box", "repo-gated-fine-grained", DOWNLOAD, (403, "GatedRepo", BOX), {}),
    ("download-401-gated", "repo-gated", DOWNLOAD, (401, "GatedRepo", "Access to model meta/gated is restricted. You must have access to it and be authenticated to access it. Please log in."), {}),
    ("download-401-missing", "token-rejected repo-not-visible", DOWNLOAD, (401, "RepoNotFound", ANONYMOUS), {}),
    ("dns", "net-dns", INFO, None, {"HF_ENDPOINT": "https://hub.invalid"}),
    ("refused", "net-refused", INFO, None, {"HF_ENDPOINT": "http://127.0.0.1:9"}),
    ("proxy-refused", "net-refused", INFO, None, {"HF_ENDPOINT": "https://huggingface.co", "HTTPS_PROXY": "http://127.0.0.1:9"}),
    ("illegal-header", "token-missing token-whitespace", "from huggingface_hub import HfApi; HfApi(token='a\\nb').whoami()", (401, None, ANONYMOUS), {}),
]
OLD = [
    ("transformers-gated", "repo-gated", "from transformers import AutoConfig; AutoConfig.from_pretrained('meta/gated')", (403, "GatedRepo", NEVER), {}),
    ("transformers-missing", "repo-not-visible", "from transformers import AutoConfig; AutoConfig.from_pretrained('acme/model')", (404, "RepoNotFound", "Repository not found"), {}),
    ("transformers-401", "token-rejected repo-not-visible", "from transformers import AutoConfig; AutoConfig.from_pretrained('acme/model')", (401, "RepoNotFound", ANONYMOUS), {}),
    ("datasets-missing", "repo-not-visible", "from datasets import load_dataset; load_dataset('acme/data')", (404, "RepoNotFound", "Repository not found"), {}),
    ("datasets-gated", "repo-gated", "from datasets import load_dataset; load_dataset('meta/gated')", (403, "GatedRepo", NEVER.replace("model", "dataset")), {}),
    ("requests-403", "write-denied-read-token write-denied", "import os, requests; r = requests.post(os.environ['HF_ENDPOINT'] + '/api/models/acme/model/preupload/main', json={}); r.raise_for_status()", (403, None, PULL), {}),
    ("requests-proxy-407", "net-proxy", "import requests; requests.get('https://huggingface.co/api/whoami-v2', proxies={'https': 'http://u:p@127.0.0.1:9'})", None, {}),
    ("httpx-401", "token-rejected", "import os, httpx; httpx.get(os.environ['HF_ENDPOINT'] + '/api/whoami-v2').raise_for_status()", (401, None, ANONYMOUS), {}),
    ("httpx-read-timeout", "net-timeout", "import os, httpx; httpx.get(os.environ['HF_ENDPOINT'] + '/slow', timeout=0.2)", (200, None, "slow"), {}),
    ("requests-read-timeout", "net-timeout", "import os, requests; requests.get(os.environ['HF_ENDPOINT'] + '/slow', timeout=0.2)", (200, None, "slow"), {}),
    ("requests-dns", "net-dns", "import requests; requests.get('https://hub.invalid')", None, {}),
    ("key-error", "token-missing", "import os; os.environ['HF_TOKEN']", None, {"HF_TOKEN": None}),
]
COMMANDS = [
    ("curl-401", "token-rejected", "curl -fsS $HF_ENDPOINT/api/whoami-v2", (401, None, ANONYMOUS)),
    ("curl-403", "write-denied-read-token write-denied", "curl -sS -X POST $HF_ENDPOINT/api/models/acme/model/preupload/main", (403, None, PULL)),
    ("curl-dns", "net-dns", "curl -sS https://hub.invalid/", None),
    ("curl-refused", "net-refused", "curl -sS http://127.0.0.1:9/", None),
    ("git-clone-401", "token-missing repo-not-visible", "GIT_TERMINAL_PROMPT=0 git clone $HF_ENDPOINT/acme/model m", (401, None, ANONYMOUS)),
    ("git-clone-403", "repo-gated read-denied", "GIT_TERMINAL_PROMPT=0 git clone $HF_ENDPOINT/meta/gated m", (403, "GatedRepo", NEVER)),
    ("git-dns", "net-dns", "git clone https://hub.invalid/acme/model m", None),
]


class Hub(http.server.BaseHTTPRequestHandler):
    answer = (404, None, "")

    def do_GET(self) -> None:
        status, code, message = self.answer
        if message == "slow":
            threading.Event().wait(2)
        body = json.dumps({"error": message}).encode() if message else b""
        self.send_response(status)
        self.send_header("X-Request-Id", "Root=1-67cae56b-000000000000000000000001")
        if code:
            self.send_header("X-Error-Code", code)
        if message:
            self.send_header("X-Error-Message", message)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Bearer realm="Authentication required", charset="UTF-8"')
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


def main(folder: Path) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    base = {"HF_ENDPOINT": endpoint, "HF_TOKEN": "hf_" + "Fake" * 8, "HF_HOME": str(folder / "home"), "PATH": os.environ["PATH"]}

    def run(name: str, expected: str, argv: list[str], answer: object, variables: dict) -> None:
        if answer:
            Hub.answer = answer
        env = {k: v for k, v in {**base, **variables}.items() if v is not None}
        done = subprocess.run(argv, env=env, cwd=folder, capture_output=True, text=True, timeout=120)
        text = (done.stderr or done.stdout).strip()
        text = text.replace(endpoint, "https://huggingface.co").replace(f"127.0.0.1:{server.server_port}", "huggingface.co")
        text = re.sub(r'File "[^"]*/(site-packages|lib/python3\.\d+)/', r'File "/usr/lib/python3/', text)
        text = text.replace(str(folder), "/home/alice").replace("hub.invalid", "huggingface.co")
        if name == "0.36-proxy-refused":
            expected = "net-proxy net-refused"
        if name == "0.36-illegal-header":  # requests words it in its own way
            expected = "token-whitespace"
        (HERE / f"{name}.txt").write_text(f"{expected}\n\n{text}\n")
        print(f"{name}: {text.splitlines()[-1][:110] if text else 'NOTHING'}")

    for version, packages in VERSIONS.items():
        python = folder / f"v{version}" / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", folder / f"v{version}"], check=True)
            more = ["transformers<5", "datasets<5"] if version == "0.36" else []
            subprocess.run([python, "-m", "pip", "install", "-q", *packages, *more], check=True)
        for name, expected, program, answer, variables in CASES + (OLD if version == "0.36" else []):
            run(f"{version}-{name}", expected, [str(python), "-c", program], answer, variables)
    for name, expected, command, answer in COMMANDS:
        run(name, expected, ["sh", "-c", command], answer, {})


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
