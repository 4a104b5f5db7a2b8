# Written without a container engine at hand: not built yet.
FROM python:3.11-slim-bookworm
RUN useradd --create-home counterpart
WORKDIR /home/counterpart/portal
COPY --chown=counterpart . .
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu . && \
    mkdir -p /data && chown counterpart /data
USER counterpart
ENV COUNTERPART_DATA=/data
VOLUME /data
EXPOSE 8000
CMD ["sh", "-c", "python app.py db upgrade && exec python app.py serve --host 0.0.0.0"]
