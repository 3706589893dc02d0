"""A client of the Lambda Runtime API in its shortest form, as any language could have it."""

import importlib
import json
import os
import sys
import time
import urllib.request
from types import SimpleNamespace

sys.stdout.reconfigure(line_buffering=True)  # a frozen process prints nothing more
API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(path, document=None):
    data = None if document is None else json.dumps(document).encode()
    return OPENER.open(urllib.request.Request(API + path, data=data))


def told(error):
    return {"errorType": type(error).__name__, "errorMessage": str(error)}


try:
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    name, function = os.environ["_HANDLER"].split(".")
    handler = getattr(importlib.import_module(name), function)
except Exception as error:
    call("/init/error", told(error))
    sys.exit(1)
while True:
    with call("/invocation/next") as work:
        event, headers = json.load(work), work.headers
    left = int(headers["Lambda-Runtime-Deadline-Ms"]) - time.time() * 1000
    context = SimpleNamespace(get_remaining_time_in_millis=lambda left=left: left)
    path = f"/invocation/{headers['Lambda-Runtime-Aws-Request-Id']}"
    try:
        answer = handler(event, context)
    except Exception as error:
        call(f"{path}/error", told(error)).close()
    else:
        call(f"{path}/response", answer).close()
