#!/bin/sh
# CodeBuild's way into the image: the worker on the order that the environment names.
set -eu
cd "${LAMBDA_TASK_ROOT:-/var/task}"
exec python -c 'import os, worker; print(worker.handler({"exec": os.environ["ORDER_EXEC"]}, None))'
