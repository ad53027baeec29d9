# Talkoo as one image. Build: docker build -t talkoo .   Run: see docs/guide/operator.md; settings are variables.
FROM python:3.13-slim-bookworm AS build
COPY requirements /build/requirements
RUN python -m venv /opt/talkoo \
 && /opt/talkoo/bin/pip install --no-cache-dir --require-hashes -r /build/requirements/base.txt
COPY . /build
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /build/dist /build \
 && /opt/talkoo/bin/pip install --no-cache-dir --no-deps /build/dist/*.whl

FROM python:3.13-slim-bookworm
RUN groupadd --gid 10001 talkoo \
 && useradd --uid 10001 --gid talkoo --home-dir /var/lib/talkoo --create-home talkoo
COPY --from=build /opt/talkoo /opt/talkoo
ENV PATH=/opt/talkoo/bin:$PATH TALKOO_VAR=/var/lib/talkoo PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/talkoo
VOLUME /var/lib/talkoo
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["talkoo", "serve", "--host", "0.0.0.0", "--port", "8000", "--migrate"]
