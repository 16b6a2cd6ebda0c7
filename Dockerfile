FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt pyproject.toml README.md ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY bot bot
COPY handlers handlers
COPY domain domain
RUN useradd --create-home metacentrex && mkdir /data && chown metacentrex /data
USER metacentrex
WORKDIR /data
ENV PYTHONPATH=/app PYTHONUNBUFFERED=1
EXPOSE 3000
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
