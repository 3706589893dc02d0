# The kit with a Python and a Node, for whoever wants neither installed:
#
#   docker build -t chaim-conformance .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/provider" chaim-conformance check
#
# What a build takes from PyPI and Docker Hub is what is there on that day. To have the same again,
# keep the image, or name the bases by digest.
ARG PYTHON=3.13
ARG NODE=22

# Both stand on the same Debian, so Node finds the libraries that it was linked to.
FROM node:${NODE}-bookworm-slim AS node

FROM python:${PYTHON}-slim-bookworm AS wheels
WORKDIR /kit
COPY . .
# From its sources it runs without what it needs to judge.
RUN python -m chaim_conformance.cli wheelhouse /wheels --kit .

FROM python:${PYTHON}-slim-bookworm
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
# Mounted, so that the wheels are in no layer; each is what its hash says, or nothing is installed.
RUN --mount=from=wheels,source=/wheels,target=/wheels \
    python -m pip install --no-cache-dir --disable-pip-version-check --no-index \
    --find-links /wheels --require-hashes -r /wheels/requirements.txt
# Whatever --user says: somebody without a home of their own writes below /tmp.
ENV HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /provider
USER 1000:1000
ENTRYPOINT ["chaim-conformance"]
CMD ["--help"]
