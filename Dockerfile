# One target per component: `docker build --target runner .`, `--target operator`.
# Tests build the same file with buildah on a base image of their own.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

# What builds: stays out of the images. The secrets are optional: how pip reaches its
# index from here (pip.conf) and whom it trusts. They enter no layer.
FROM ${PYTHON_IMAGE} AS tools
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements/build.txt /requirements/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=certificates \
 python3 -m venv /tools && /tools/bin/pip install --quiet --require-hashes -r /requirements/build.txt

FROM tools AS wheel
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY crds/pimjob_api crds/pimjob_api
COPY operator operator
COPY job_runner job_runner
RUN /tools/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels .

# Dependencies change seldom and the wheel often: a layer each. Bytecode is made
# here, because the containers' file systems are read-only; unchecked, because
# nobody can change a file after that.
FROM tools AS runner-venv
COPY requirements/runner.txt /requirements/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=certificates \
 python3 -m venv --without-pip /opt/pimjobs \
 && /tools/bin/pip --python /opt/pimjobs/bin/python3 install --quiet --no-compile --require-hashes -r /requirements/runner.txt \
 && /opt/pimjobs/bin/python3 -m compileall -q --invalidation-mode unchecked-hash /opt/pimjobs/lib
COPY --from=wheel /wheels /wheels
RUN /tools/bin/pip --python /opt/pimjobs/bin/python3 install --quiet --no-compile --no-deps --no-index /wheels/*.whl \
 && /opt/pimjobs/bin/python3 -m compileall -q --invalidation-mode unchecked-hash /opt/pimjobs/lib

FROM tools AS operator-venv
COPY requirements/operator.txt /requirements/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=certificates \
 python3 -m venv --without-pip /opt/pimjobs \
 && /tools/bin/pip --python /opt/pimjobs/bin/python3 install --quiet --no-compile --require-hashes -r /requirements/operator.txt \
 && /opt/pimjobs/bin/python3 -m compileall -q --invalidation-mode unchecked-hash /opt/pimjobs/lib
COPY --from=wheel /wheels /wheels
RUN /tools/bin/pip --python /opt/pimjobs/bin/python3 install --quiet --no-compile --no-deps --no-index /wheels/*.whl \
 && /opt/pimjobs/bin/python3 -m compileall -q --invalidation-mode unchecked-hash /opt/pimjobs/lib

FROM ${PYTHON_IMAGE} AS runner
COPY --from=runner-venv /opt/pimjobs /opt/pimjobs
ENV PATH=/opt/pimjobs/bin:/usr/local/bin:/usr/bin:/bin PYTHONSAFEPATH=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 65532:65532
ENTRYPOINT ["pimjob-runner"]

FROM ${PYTHON_IMAGE} AS operator
COPY --from=operator-venv /opt/pimjobs /opt/pimjobs
ENV PATH=/opt/pimjobs/bin:/usr/local/bin:/usr/bin:/bin PYTHONSAFEPATH=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 65532:65532
ENTRYPOINT ["pimjob-operator"]
