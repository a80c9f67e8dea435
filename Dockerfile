# The daemon in a container. The store lives in the volume /data. See docs/how-to/run-as-a-service.md.
#   docker build -t trialwatch . && docker run -d -v trialwatch:/data trialwatch
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY tracker tracker
COPY storage storage
COPY schedules schedules
RUN python -m venv /opt/trialwatch && /opt/trialwatch/bin/pip install --no-cache-dir '.[postgres]'

FROM python:3.12-slim
COPY --from=build /opt/trialwatch /opt/trialwatch
RUN useradd --system --uid 10001 trialwatch && install -d -o trialwatch -g trialwatch -m 0700 /data
USER trialwatch
ENV TRIALWATCH_HOME=/data PATH=/opt/trialwatch/bin:$PATH
VOLUME /data
HEALTHCHECK --interval=5m --timeout=30s --start-period=1m CMD ["trialwatch", "status", "-o", "json"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["trialwatch"]
CMD ["daemon"]
