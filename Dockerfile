# syntax=docker/dockerfile:1
# Three stages: build the wheel, install it, run the sidecar as a user without rights.
#
#   docker build -t tokenward .
#   docker run --rm -p 8080:8080 tokenward --upstream http://model-server:8000

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN pip install --no-cache-dir build==1.3.0
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY agent agent
COPY plugins plugins
COPY policies policies
RUN python -m build --wheel --outdir /dist

FROM python:3.11-slim-bookworm AS install
# the wheel's own extras decide the rest: no torch, since the built-in policies need none
COPY --from=build /dist /dist
RUN python -m venv /opt/tokenward \
 && /opt/tokenward/bin/pip install --no-cache-dir "$(echo /dist/tokenward-*.whl)[sidecar]" \
 && /opt/tokenward/bin/tokenward policy test

FROM python:3.11-slim-bookworm AS run
# PYTHONSAFEPATH: nothing in the working directory can shadow a module
# hadolint ignore=DL3064  # TOKENWARD_ is a prefix of settings; none of these is a secret
ENV PATH=/opt/tokenward/bin:$PATH \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    TOKENWARD_HOST=0.0.0.0 \
    TOKENWARD_PORT=8080 \
    TOKENWARD_STORE=sqlite:////var/lib/tokenward/records.db
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/tokenward tokenward
COPY --from=install /opt/tokenward /opt/tokenward
USER 10001
WORKDIR /var/lib/tokenward
VOLUME /var/lib/tokenward
EXPOSE 8080
# the admin port (health, metrics) listens on 127.0.0.1 of the container only
HEALTHCHECK --interval=10s --timeout=2s --start-period=15s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8081/healthz', timeout=1)"]
ENTRYPOINT ["tokenward", "serve"]
CMD ["--help"]
