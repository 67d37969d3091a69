# syntax=docker/dockerfile:1
# The image of the operator, for the charts and deploy/kustomize: docker build -t REGISTRY/metricwright:0.1.0 .
FROM rust:1.94-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tzdata
WORKDIR /metricwright
COPY . .
# What is built of other projects stays between builds.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/metricwright/target \
    cargo build --release --locked --bin metricwright \
    && scripts/image-root.sh target/release/metricwright /image

FROM scratch
COPY --from=build /image /
USER 65532:65532
EXPOSE 8080 9443
ENTRYPOINT ["/metricwright"]
CMD ["operator"]
