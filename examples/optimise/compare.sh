#!/usr/bin/env bash
# Compares the demo model with one variant for each way of optimising it; the page is REPORT/compare.html.
set -euo pipefail
cd "$(dirname "$0")"
report="${1:-report}"
shift || true # what follows are more options, such as --limit 60, to try it quickly

[ -d student ] || python distil.py --out student

tokenward compare demo \
    bfloat16=demo int8=demo int4=demo pruned=demo student=./student \
    compiled=demo terse=demo warm=demo one-thread=demo \
    --set bfloat16.dtype=bfloat16 \
    --set int8.quantize=int8 \
    --set int4.quantize=int4 \
    --set pruned.prune=0.3 \
    --set student.axis=distillation \
    --set compiled.compile=true \
    --set terse.system=system.txt \
    --set warm.temperature=0.8 --set warm.top_p=0.9 \
    --set one-thread.threads=1 \
    --suite quality --suite shop --suite pairs \
    --gate gate.yaml --batch 8 --max-new-tokens 48 --timing 8 \
    --record runs --report "$report" "$@"
