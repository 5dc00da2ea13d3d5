# The image that ships: one static binary and nothing else. Build it with: docker build -t hf-token-check .
# BUILD_IMAGE is any image with Rust and a C compiler; on Alpine the binary is linked with musl, as in a release.
# A release puts the binaries of its archives in the place of the first stage (.github/workflows/publish-image.yml).
ARG BUILD_IMAGE=rust:1.95-alpine

FROM ${BUILD_IMAGE} AS build
# Set by BuildKit, and empty elsewhere: then the folder below is /out itself.
ARG TARGETARCH
WORKDIR /src
COPY . .
# An explicit --target keeps the flags away from procedural macros, which cannot be static.
RUN target="$(rustc -vV | sed -n 's/^host: //p')" \
 && RUSTFLAGS='-C target-feature=+crt-static -C link-arg=-Wl,--no-eh-frame-hdr' cargo build --release --locked --bin hf-token-check --target "$target" \
 && install -D "target/$target/release/hf-token-check" "/out/$TARGETARCH/hf-token-check"

# The smoke test runs where the binary will live: with no shell, no libc and no /etc.
FROM scratch AS smoke
ARG TARGETARCH
COPY --from=build /out/${TARGETARCH}/hf-token-check /hf-token-check
RUN ["/hf-token-check", "--version"]

FROM scratch
LABEL org.opencontainers.image.title="hf-token-check" \
      org.opencontainers.image.description="Checks, before a job starts, that its Hugging Face token can do what the job needs" \
      org.opencontainers.image.source="https://github.com/hf-token-check/hf-token-check" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=smoke /hf-token-check /hf-token-check
USER 65532:65532
ENTRYPOINT ["/hf-token-check"]
