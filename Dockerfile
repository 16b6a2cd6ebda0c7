# The tag's patch releases are security fixes; all else is pinned by requirements.txt.
FROM python:3.12-slim-bookworm
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r requirements.txt \
    && pip check --disable-pip-version-check
COPY bot bot
COPY handlers handlers
COPY domain domain
# No git in here: the version is told, and stands where an installed package has its own.
ARG VERSION
RUN mkdir metacentrex_licence_bot.dist-info \
    && printf 'Metadata-Version: 2.1\nName: metacentrex-licence-bot\nVersion: %s\n' "${VERSION:-0.0}" \
    > metacentrex_licence_bot.dist-info/METADATA
RUN useradd --uid 10001 --create-home metacentrex && mkdir /data && chown metacentrex /data
USER metacentrex
WORKDIR /data
# No VOLUME: an anonymous one would hide that nobody mounted any, and go with the container all the same.
ENV PYTHONPATH=/app PYTHONUNBUFFERED=1 DATABASE_URL=sqlite:////data/metacentrex.db REQUIRE_VOLUME=1
EXPOSE 3000
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
