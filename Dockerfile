# The command with the server and PostgreSQL's driver: docs/how-to/docker.md says how to run it.
#
# The tag says which Python; to have the very same base each time, name it by its digest, too:
#   docker buildx imagetools inspect python:3.13-slim-trixie
#   docker build --build-arg BASE=python:3.13-slim-trixie@sha256:... -t linkmgr .
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
WORKDIR /src
# Two environments without pip: what runs, and what builds the wheel and stays behind.
RUN python -m venv --without-pip /opt/linkmgr && python -m venv --without-pip /opt/build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements.lock requirements-build.lock ./
RUN python -m pip --python /opt/linkmgr/bin/python install --only-binary :all: --require-hashes -r requirements.lock \
 && python -m pip --python /opt/build/bin/python install --only-binary :all: --require-hashes -r requirements-build.lock
COPY hatch_build.py pyproject.toml README.md LICENSE ./
COPY linkmgr linkmgr
RUN /opt/build/bin/python -m hatchling build -t wheel -d /dist \
 && python -m pip --python /opt/linkmgr/bin/python install --no-deps --no-index /dist/*.whl \
 && /opt/linkmgr/bin/python -m compileall -q /opt/linkmgr/lib

FROM ${BASE}
LABEL org.opencontainers.image.title="linkmgr" \
      org.opencontainers.image.description="The link manager of a static-site blog: builds its blocks, counts clicks, has an admin" \
      org.opencontainers.image.licenses="MIT AND 0BSD"
# The number is fixed, so that volumes keep their owner from one image to the next.
RUN groupadd --gid 10001 linkmgr \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin linkmgr \
 && install -d -o linkmgr -g linkmgr -m 0700 /data \
 && install -d -o linkmgr -g linkmgr /blog
COPY --from=build /opt/linkmgr /opt/linkmgr
COPY deploy/healthcheck.py /opt/linkmgr/healthcheck.py
ENV PATH=/opt/linkmgr/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    LANG=C.UTF-8 \
    LINKMGR_HOST=0.0.0.0 \
    LINKMGR_INSTANCE=/data
USER 10001:10001
# The blog, or its catalog.yaml alone; each command takes it from here.
WORKDIR /blog
VOLUME /data
EXPOSE 8910 8911
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --start-interval=1s \
    CMD ["python", "/opt/linkmgr/healthcheck.py"]
ENTRYPOINT ["linkmgr"]
CMD ["serve"]
