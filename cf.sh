#!/bin/bash
# cf.sh: formats the C files that differ from up/main (no re-wrapping of strings elsewhere)
for f in $(git diff --name-only up/main -- '*.c' '*.h'; git ls-files -o --exclude-standard -- '*.c' '*.h'); do [ -f $f ] && clang-format -i $f; done
