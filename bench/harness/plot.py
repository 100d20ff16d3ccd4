"""Ratios as horizontal bars, on a logarithmic scale, in SVG: nothing is needed to make it, and browsers show it."""
import html
import math

_LABEL, _WIDTH, _STEP, _TOP = 470, 480, 22, 40
_LEAST, _MOST = 0.25, 16


def _x(ratio):
    share = math.log(min(max(ratio, _LEAST), _MOST) / _LEAST) / math.log(_MOST / _LEAST)
    return _LABEL + share * _WIDTH


def _text(x, y, text, anchor="end"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{html.escape(text)}</text>'


def _line(x1, y1, x2, y2, style):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'


def _axis(bottom):
    ratio = _LEAST
    while ratio <= _MOST:
        style = 'stroke="#555"' if ratio == 1 else 'stroke="#ddd"'
        yield _line(_x(ratio), _TOP - 8, _x(ratio), bottom, style)
        yield _text(_x(ratio), _TOP - 14, f"{ratio:g}x", "middle")
        ratio *= 2


def _bar(y, label, ratio, interval, target):
    color = "#3a7d44" if target is None or ratio >= target else "#b5483a"
    left, right = sorted((_x(1), _x(ratio)))
    yield _text(_LABEL - 10, y + 11, label)
    yield f'<rect x="{left:.1f}" y="{y}" width="{right - left:.1f}" height="14" fill="{color}"/>'
    yield _line(_x(interval[0]), y + 7, _x(interval[1]), y + 7, 'stroke="#222"')
    yield _text(_LABEL + _WIDTH + 10, y + 11, f"{ratio:.2f}", "start")
    if target is not None:
        yield _line(_x(target), y - 3, _x(target), y + 17, 'stroke="#1b4fa0" stroke-width="3"')


def plot(bars, path):
    """`bars` are (label, ratio, (low, high), target or None)."""
    bars = list(bars)
    bottom = _TOP + len(bars) * _STEP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LABEL + _WIDTH + 60}" height="{bottom + 34}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>', *_axis(bottom)]
    for number, bar in enumerate(bars):
        lines += _bar(_TOP + number * _STEP + 2, *bar)
    lines += [_text(_LABEL, bottom + 20, "IOPS of Volary as a multiple of the other's; thin line: interval; blue: what it should be at least", "middle"),
              "</svg>"]
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
