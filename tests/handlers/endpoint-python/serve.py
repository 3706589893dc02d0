"""A stand-in for a container image: Lambda's invocation endpoint around a Python handler.

``serve.py PORT ENV_FILE BUNDLE MODULE``
"""

import importlib
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

sys.stdout.reconfigure(line_buffering=True)
port, env_file, bundle, module = sys.argv[1:]
os.environ.clear()
for line in Path(env_file).read_bytes().decode().removesuffix("\n").split("\n"):
    name, _, value = line.partition("=")
    os.environ[name] = value
os.chdir(bundle)
sys.path.insert(0, bundle)
handler = importlib.import_module(module).handler
TIMEOUT = int(os.environ["AWS_LAMBDA_FUNCTION_TIMEOUT"])
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: TIMEOUT * 1000)


class Endpoint(BaseHTTPRequestHandler):
    def do_POST(self):
        assert self.path == "/2015-03-31/functions/function/invocations"
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            answer = handler(event, CONTEXT)
        except Exception as error:
            answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Keeps the log the handler's own."""


HTTPServer(("127.0.0.1", int(port)), Endpoint).serve_forever()
