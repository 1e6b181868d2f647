#!/bin/sh
# Compiles the guest runner ($1) and writes it as a Swift source file ($2).
# musl, so that the static binary is a few tens of kilobytes: it is sent to every guest after every boot.
set -eu
binary="$2.bin"
if command -v musl-gcc >/dev/null 2>&1; then compiler=musl-gcc; else compiler=cc; fi
"$compiler" -std=c11 -Wall -Wextra -Werror -Os -static -s -o "$binary" "$1"
{
    echo '// Made from GuestRunner/kiln-guest-runner.c by the EmbedGuestRunner plugin.'
    echo 'enum GuestRunnerBinary {'
    printf '    static let base64 = "'
    base64 -w0 "$binary"
    echo '"'
    echo '}'
} >"$2.new"
mv "$2.new" "$2"
rm -f "$binary"
