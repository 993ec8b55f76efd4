"""What llama.cpp prints of a divergence: figures of a run, without noise."""

import pytest

from tokenward.compare.imported.known import read_imported
from tokenward.compare.metrics.scores import measured
from tokenward.errors import UsageError

PRINTED = """\
chunk             PPL               ln(PPL(Q)/PPL(base))          KL Divergence              Δp RMS            Same top p
   1       7.2000 ±    0.2000       0.00400 ±    0.00100       0.00900 ±    0.00040     2.500 ±  0.100 %    96.000 ±  0.500 %

====== Perplexity statistics ======
Mean PPL(Q)                   :   {ppl} ±   0.100000
Mean PPL(base)                :   {base} ±   0.099000
Cor(ln(PPL(Q)), ln(PPL(base))):  99.10%
Mean ln(PPL(Q)/PPL(base))     :   0.050000 ±   0.002000
Mean PPL(Q)/PPL(base)         :   1.051271 ±   0.002000
Mean PPL(Q)-PPL(base)         :   0.410000 ±   0.020000

====== KL divergence statistics ======
Mean    KLD:   {kl} ±   0.000900
Maximum KLD:  12.500000
99.9%   KLD:   3.250000
99.0%   KLD:   1.125000
Median  KLD:   0.020000
10.0%   KLD:   0.000100
Minimum KLD:  -0.000100

====== Token probability statistics ======
Mean    Δp: -1.500 ± 0.050 %
Maximum Δp: 99.000%
RMS Δp    :  9.000 ± 0.150 %
Same top p: 87.500 ± 0.200 %
"""


def printed(path, ppl="8.410000", base="8.000000", kl="0.096000"):
    path.write_text(PRINTED.format(ppl=ppl, base=base, kl=kl), "utf-8")
    return path


def test_a_model_is_put_beside_its_base(tmp_path):
    path = printed(tmp_path / "q4.txt")
    sides = [read_imported(f"{kind}:{path}") for kind in ("llama-kl-base", "llama-kl")]
    found = {one.metric.name: (one.base[0], one.optimized[0]) for one in measured(*sides).paired}
    assert {
        "llama.kl": (0.0, 0.096),
        "llama.kl_p50": (0.0, 0.02),
        "llama.kl_p99": (0.0, 1.125),
        "llama.kl_p999": (0.0, 3.25),
        "llama.kl_max": (0.0, 12.5),
        "llama.same_top": (1.0, 0.875),
        "llama.p_change": (0.0, -0.015),
        "llama.p_change_rms": (0.0, 0.09),
        "llama.ppl": (8.0, 8.41),
    } == {name: pytest.approx(pair) for name, pair in found.items()}
    assert {"value"} == {one.metric.kind for one in measured(*sides).paired}


def test_two_models_are_compared_where_both_had_the_same_base(tmp_path):
    first, second = printed(tmp_path / "q8.txt", kl="0.002000"), printed(tmp_path / "q4.txt")
    found = measured(*(read_imported(f"llama-kl:{one}") for one in (first, second)))
    kl = next(one for one in found.paired if one.metric.name == "llama.kl")
    assert (0.002, 0.096) == (kl.base[0], kl.optimized[0])
    other = printed(tmp_path / "other.txt", base="7.000000")
    with pytest.raises(UsageError, match="another document or target"):
        measured(*(read_imported(f"llama-kl:{one}") for one in (first, other)))


def test_what_was_not_printed_is_told(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("Final estimate: PPL = 7.1 +/- 0.2\n", "utf-8")
    with pytest.raises(UsageError, match=r"no 'Mean PPL\(Q\)' in it; expected all that"):
        read_imported(f"llama-kl:{path}")
    whole = printed(tmp_path / "y.txt").read_text("utf-8")
    path.write_text(
        "\n".join(line for line in whole.split("\n") if "PPL(base)  " not in line), "utf-8"
    )
    with pytest.raises(UsageError, match=r"no 'Mean PPL\(base\)' in it"):
        read_imported(f"llama-kl-base:{path}")
    assert read_imported(f"llama-kl:{path}").scores
