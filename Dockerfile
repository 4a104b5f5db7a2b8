FROM python:3.11-slim-bookworm
RUN useradd --create-home counterpart && install --directory --owner=counterpart --mode=700 /data
WORKDIR /home/counterpart/portal
COPY --chown=counterpart . .
# PyTorch's own index has builds without graphics cards; the others are gigabytes.
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu --editable .
USER counterpart
ENV COUNTERPART_DATA=/data
VOLUME /data
EXPOSE 8000
CMD ["sh", "-c", "python app.py db upgrade && exec python app.py serve --host 0.0.0.0"]
