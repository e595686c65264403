# A server that is deployed to by `git push`, or that serves a folder that is mounted.
#
#   docker build -t qmlserve .
#   docker run -p 8080:8080 -v qmlserve:/srv/qmlserve qmlserve
#   git push http://HOST:8080/~TOKEN/@qmlserve/git main     (the token is in the first lines of the log)
#
#   docker run -p 8080:8080 -v "$PWD/www:/srv/www:ro" qmlserve /srv/www --poll

FROM rust:1.90-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY data data
COPY benches benches
COPY tests tests
COPY README.md CHANGELOG.md remote.qml ./
COPY player player
COPY docs docs
RUN cargo build --locked --release --bin qmlserve

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends git ca-certificates tini \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --home-dir /srv/qmlserve --create-home --uid 10001 qmlserve
COPY --from=build /src/target/release/qmlserve /usr/bin/qmlserve
USER qmlserve
WORKDIR /srv/qmlserve
# The folder around the tree: www in it is exchanged as a whole, which a volume cannot be.
VOLUME /srv/qmlserve
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s \
    CMD ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /@qmlserve/health HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && grep -q '200 OK' <&3"]
# tini takes in what a git that was ended leaves behind, as nobody else in a container does.
ENTRYPOINT ["/usr/bin/tini", "--", "/usr/bin/qmlserve", "--host", "0.0.0.0", "--port", "8080", "--mdns=false"]
CMD ["/srv/qmlserve/www", "--git"]
