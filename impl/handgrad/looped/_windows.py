"""Which elements the windows that slide along an axis see, and which channels a kernel joins."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Pairs: TypeAlias = list[list[tuple[int, int]]]


class Meetings(NamedTuple):
    """All (t, k, s) such that offset k of window t is element s, by each of the three.

    `by_window[t]` lists the pairs (k, s), `by_offset[k]` the (t, s), `by_element[s]` the (t, k).
    """

    by_window: Pairs
    by_offset: Pairs
    by_element: Pairs


def slide(size: int, kernel: int, stride: int, padding: tuple[int, ...], dilation: int) -> Meetings:
    """As many windows as fit on an axis with padding (before, after)."""
    extent = (kernel - 1) * dilation + 1
    windows = (size + sum(padding) - extent) // stride + 1
    if windows < 1:
        raise ValueError(f"a window over {extent} elements does not fit on an axis of {size}")
    return _meetings(windows, kernel, size, stride, padding[0], dilation)


def look(
    size: int, kernel: int, stride: int, padding: tuple[int, ...], dilation: int = 1
) -> Meetings:
    """The same, where each window must see an element."""
    met = slide(size, kernel, stride, padding, dilation)
    if not all(met.by_window):
        raise ValueError("there is a window that sees nothing but padding")
    return met


def spread(
    windows: int, kernel: int, stride: int, padding: int, output_padding: int, dilation: int
) -> Meetings:
    """An axis that just holds so many windows, less the padding at both ends, and some more."""
    size = (windows - 1) * stride + (kernel - 1) * dilation + 1 - 2 * padding + output_padding
    if size < 1:
        raise ValueError(f"padding {padding} leaves nothing of the output")
    return _meetings(windows, kernel, size, stride, padding, dilation)


def _meetings(
    windows: int, kernel: int, size: int, stride: int, before: int, dilation: int
) -> Meetings:
    """Those where s = t·stride + k·dilation - before; what lies outside the axis is padding."""
    met = Meetings(
        [[] for _ in range(windows)], [[] for _ in range(kernel)], [[] for _ in range(size)]
    )
    for t in range(windows):
        for k in range(kernel):
            s = t * stride + k * dilation - before
            if 0 <= s < size:
                met.by_window[t].append((k, s))
                met.by_offset[k].append((t, s))
                met.by_element[s].append((t, k))
    return met


class Joined(NamedTuple):
    """All (a, m, c) such that row a of a kernel joins, as its m-th, channel c.

    `by_row[a]` lists the pairs (m, c), `by_channel[c]` the (a, m).
    """

    by_row: Pairs
    by_channel: Pairs


def join(rows: int, columns: int, channels: int, groups: int) -> Joined:
    """A kernel with so many rows and columns, whose rows and channels are parted into groups."""
    if rows % groups or channels != groups * columns:
        raise ValueError(
            f"a kernel of {rows} by {columns} in {groups} groups does not fit {channels} channels"
        )
    joined = Joined([[] for _ in range(rows)], [[] for _ in range(channels)])
    for a in range(rows):
        group = a // (rows // groups)
        for m in range(columns):
            joined.by_row[a].append((m, group * columns + m))
            joined.by_channel[group * columns + m].append((a, m))
    return joined
