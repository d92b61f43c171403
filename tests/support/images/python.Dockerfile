# python:3.13-slim-trixie
FROM localhost/debian
RUN ln -s /usr/bin/python3 /usr/local/bin/python
