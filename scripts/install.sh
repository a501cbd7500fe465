#!/bin/sh
# Installs smartapi-proxy for Linux and macOS, after its SHA-256 sum was found right. It asks for no rights of root.
#
#   VERSION=0.2.0          another version than the newest
#   INSTALL_DIR=/opt/bin   another folder than ~/.local/bin
set -eu

RELEASES=${SMARTAPI_PROXY_RELEASES:-https://github.com/@REPOSITORY@/releases}
INSTALL_DIR=${INSTALL_DIR:-$HOME/.local/bin}

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

# What the file of this machine is called.
file_name() {
  case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=macos ;;
    *) fail "there is no executable for $(uname -s); from source it runs wherever Deno does" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) processor=x64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *) fail "there is no executable for $(uname -m)" ;;
  esac
  if [ "$system" = linux ] && ! [ -e /lib64/ld-linux-x86-64.so.2 ] && ! [ -e /lib/ld-linux-aarch64.so.1 ]; then
    fail "the executable needs glibc, which this system (Alpine?) lacks; the container image has it"
  fi
  echo "smartapi-proxy-$system-$processor"
}

fetch() {
  if command -v curl >/dev/null; then
    curl --fail --silent --show-error --location --output "$2" "$1"
  elif command -v wget >/dev/null; then
    wget --quiet --output-document="$2" "$1"
  else
    fail "neither curl nor wget is here"
  fi || fail "$1 cannot be fetched"
}

sum_of() {
  if command -v sha256sum >/dev/null; then
    sha256sum <"$1"
  elif command -v shasum >/dev/null; then
    shasum -a 256 <"$1"
  else
    openssl dgst -sha256 -r <"$1"
  fi | cut -d ' ' -f 1
}

# In a function, so that a script that was fetched by half does nothing.
main() {
  case $RELEASES in */@*) fail "this copy does not know its repository: take the one of a release" ;; esac
  file=$(file_name)
  case ${VERSION:-latest} in
    latest) from=$RELEASES/latest/download ;;
    *) from=$RELEASES/download/v${VERSION#v} ;;
  esac
  mkdir -p "$INSTALL_DIR"
  # In the same folder, so that it is put in its place in one step.
  work=$(mktemp -d "$INSTALL_DIR/.smartapi-proxy.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM

  fetch "$from/SHA256SUMS" "$work/sums"
  wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $file\$/\1/p" "$work/sums")
  [ -n "$wanted" ] || fail "SHA256SUMS of the release has no $file"
  fetch "$from/$file" "$work/smartapi-proxy"
  found=$(sum_of "$work/smartapi-proxy")
  [ "$found" = "$wanted" ] || fail "$file is not what was released (its sum is $found, not $wanted): nothing was installed"

  chmod 755 "$work/smartapi-proxy"
  mv "$work/smartapi-proxy" "$INSTALL_DIR/smartapi-proxy"
  echo "Installed $("$INSTALL_DIR/smartapi-proxy" --version) as $INSTALL_DIR/smartapi-proxy"
  case :$PATH: in
    *:"$INSTALL_DIR":*) ;;
    *) echo "$INSTALL_DIR is not in PATH: export PATH=\"$INSTALL_DIR:\$PATH\"" ;;
  esac
  echo "Next: smartapi-proxy --demo, or smartapi-proxy init for your account"
}

main
