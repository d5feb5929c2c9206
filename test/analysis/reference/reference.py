"""Computes the reference values of test/analysis/stats with SciPy, an independent implementation.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 numpy==2.4.6
    venv/bin/python test/analysis/reference/reference.py > test/analysis/reference/reference.json
    npx oxfmt test/analysis/reference/reference.json
"""

import json

import numpy as np
from scipy import integrate, special, stats

A = [10, 10.2, 9.9, 10.1, 10.3, 9.8]
B = [11, 11.3, 10.8, 11.1, 11.4, 10.9]
random = np.random.default_rng(42)


def sample(size, mean=1.0, sd=0.1):
    return [round(float(x), 6) for x in random.normal(mean, sd, size)]


SAMPLES = [
    (A, B),
    ([1.1, 2.2, 3.3, 4.4, 5.5], [2, 3, 4, 5, 6]),
    (sample(5), sample(5, 1.05, 0.3)),
    (sample(12), sample(9, 1.2)),
    (sample(30), sample(31, 1.02)),
    ([1, 2, 3], [1000, 1001, 1002.5, 1003]),
]
TIED = [([1, 2, 2, 3, 4], [2, 3, 3, 5, 6]), ([1, 1, 1, 2], [1, 2, 2, 2, 3]), ([5, 5, 6, 7, 7, 7], [5, 6, 6, 8])]


def t_interval(estimate, error, df, confidence):
    half = stats.t.ppf((1 + confidence) / 2, df) * error
    return {"estimate": estimate, "low": estimate - half, "high": estimate + half}


def paired(a, b):
    d = np.log(b) - np.log(a)
    test = stats.ttest_1samp(d, 0)
    error = stats.sem(d)
    return {
        "a": a, "b": b, "p": test.pvalue, "t": test.statistic,
        "interval95": t_interval(float(d.mean()), error, len(d) - 1, 0.95),
        "interval90": t_interval(float(d.mean()), error, len(d) - 1, 0.9),
        "signFlipP": float(stats.permutation_test((d,), np.sum, permutation_type="samples", n_resamples=np.inf).pvalue),
    }


def two_samples(a, b):
    welch = stats.ttest_ind(a, b, equal_var=False)
    pooled = stats.ttest_ind(a, b, equal_var=True)
    interval = welch.confidence_interval(0.95)
    return {
        "a": a, "b": b,
        "welch": {"t": welch.statistic, "df": welch.df, "p": welch.pvalue,
                  # of mean(b) - mean(a); SciPy gives mean(a) - mean(b)
                  "low": -interval.high, "high": -interval.low},
        "pooled": {"t": pooled.statistic, "df": pooled.df, "p": pooled.pvalue},
        "mannWhitney": mann_whitney(a, b, "exact"),
        "hodgesLehmannRatio": float(np.median(np.divide.outer(b, a))),
    }


def mann_whitney(a, b, method):
    test = stats.mannwhitneyu(a, b, method=method)
    return {"u": test.statistic, "p": test.pvalue}


def tied(a, b):
    def normal(continuity):
        return stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=continuity)
    return {"a": a, "b": b, "u": normal(True).statistic, "p": normal(False).pvalue,
            "pWithContinuity": normal(True).pvalue}


def holm(ps):
    """SciPy has no Holm: the definition of 1979, written out."""
    order = np.argsort(ps, kind="stable")
    adjusted = np.empty(len(ps))
    for k, i in enumerate(order):
        adjusted[i] = min(1, max((len(ps) - j) * ps[order[j]] for j in range(k + 1)))
    return adjusted.tolist()


def multiplicity(ps):
    return {"p": ps, "holm": holm(ps), "benjaminiHochberg": stats.false_discovery_control(ps, method="bh").tolist()}


def ranks(count, share, confidence):
    """The order statistics by SciPy's binomial quantiles."""
    outside = (1 - confidence) / 2
    below = stats.binom.ppf(outside, count, share)
    # the quantile is the first k with P(X <= k) >= outside; rank l needs P(X <= l - 1) <= outside
    low = below + 1 if stats.binom.cdf(below, count, share) <= outside else below
    high = stats.binom.ppf(1 - outside, count, share) + 1
    return {"count": count, "share": share, "confidence": confidence,
            "low": int(low) if low >= 1 else None, "high": int(high) if high <= count else None}


def power(effect, variation, blocks, delta, level, strict):
    """P(worse), by adaptive quadrature over the estimated standard deviation."""
    nu = blocks - 1
    error = np.sqrt(2) * variation / np.sqrt(blocks)
    margin = stats.t.ppf(1 - level / 2, nu) * error
    threshold = np.log(1 + delta)
    true = np.log(1 + effect)

    def integrand(u):
        bound = threshold + margin * u if strict else max(threshold, margin * u)
        return stats.chi.pdf(u * np.sqrt(nu), nu) * np.sqrt(nu) * stats.norm.sf((bound - true) / error)

    kink = threshold / margin
    value = 0
    edges = sorted({0, kink, 1, 2, 4, 12})
    for low, high in zip(edges, edges[1:]):
        value += integrate.quad(integrand, low, high, epsabs=1e-13, epsrel=1e-12, limit=200)[0]
    return {"effect": effect, "variation": variation, "blocks": blocks, "delta": delta, "level": level,
            "isStrict": strict, "power": value}


def noncentral(effect, variation, blocks, level):
    """Without a threshold the power is the tail of the noncentral t distribution."""
    error = np.sqrt(2) * variation / np.sqrt(blocks)
    value = stats.nct.sf(stats.t.ppf(1 - level / 2, blocks - 1), blocks - 1, np.log(1 + effect) / error)
    return {"effect": effect, "variation": variation, "blocks": blocks, "delta": 0, "level": level,
            "isStrict": False, "power": float(value)}


print(json.dumps({
    "studentCdf": [{"t": t, "df": df, "p": stats.t.cdf(t, df)}
                   for t in (-30, -2.5, -0.1, 0, 1, 4, 12) for df in (1, 2.5, 4, 9.5756, 30, 500)],
    "studentQuantile": [{"p": p, "df": df, "t": stats.t.ppf(p, df)}
                        for p in (0.001, 0.025, 0.5, 0.6, 0.95, 0.975, 0.9985, 0.99995)
                        for df in (1, 2.5, 4, 9.5756, 30, 500)],
    "normalTail": [{"z": z, "p": stats.norm.sf(z)} for z in (-8, -3, -1, 0, 0.3, 1.96, 5, 12, 30)],
    "logGamma": [{"x": x, "logGamma": special.gammaln(x)} for x in (0.25, 0.5, 1, 1.5, 2, 4.75, 11, 150.5, 5000)],
    "paired": [paired(a, b) for a, b in SAMPLES if len(a) == len(b)],
    "twoSamples": [two_samples(a, b) for a, b in SAMPLES],
    "tied": [tied(a, b) for a, b in TIED],
    "multiplicity": [multiplicity(ps) for ps in (
        [.01, .04, .03, .005], [.5], [.2, .2, .2], [1, .9, .0001, .03, .03, .049], [.8, .7, .6, .5, 1e-9])],
    "percentileRanks": [ranks(count, share, confidence) for count in (5, 30, 100, 1000, 10_000, 1_000_000)
                        for share in (.5, .9, .99, .999) for confidence in (.9, .95, .99)],
    "power": [
        *[power(.1, cv, 10, .05, .05, False) for cv in (.05, .055, .06, .08, .1)],
        *[power(effect, cv, n, .05, .05, False) for effect in (0, .05) for cv, n in ((.02, 5), (.03, 8), (.05, 10))],
        power(.1, .05, 12, .05, .0294, True), power(.1, .02, 3, .03, .05, True), power(.3, .1, 6, .1, .005, False),
        *[noncentral(.08, cv, n, .05) for cv, n in ((.02, 5), (.05, 10), (.1, 40))],
    ],
}, indent=1, default=float))
