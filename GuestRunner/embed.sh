#!/bin/sh
# Compiles the guest runner's C files and writes it as a Swift source file: embed.sh OUTPUT SOURCE...
# musl, so that the static binary is a few tens of kilobytes: it is sent to every guest after every boot.
set -eu
output=$1
shift
binary="$output.bin"
if command -v musl-gcc >/dev/null 2>&1; then compiler=musl-gcc; else compiler=cc; fi
"$compiler" -std=c11 -Wall -Wextra -Werror -Os -static -s -o "$binary" "$@"
{
    echo '// Made from GuestRunner/ by the EmbedGuestRunner plugin.'
    echo 'enum GuestRunnerBinary {'
    printf '    static let base64 = "'
    base64 -w0 "$binary"
    echo '"'
    echo '}'
} >"$output.new"
mv "$output.new" "$output"
rm -f "$binary"
