"""Products of small matrices, which BLAS takes as they are."""

from __future__ import annotations

from handgrad.arrays import Array, Shaped

#: Up to so many products of numbers OpenBLAS, where it has AVX-512, multiplies two matrices as
#: they are. It makes copies of larger ones first, which hardly pays where they are hardly larger.
SMALL = 10**6
#: Blocks of fewer rows would waste more than they save.
LEAST = 16


def in_blocks(matrix: Shaped[Array, "*n r k"], columns: int) -> Shaped[Array, "*n b _ k"]:
    """The rows in equal blocks whose product with so many columns is small, or in one block."""
    *batch, rows, width = matrix.shape
    number = 1 << ((rows * width * columns - 1) // SMALL).bit_length()
    fits = rows % number == 0 and rows >= LEAST * number
    return matrix.reshape(*batch, number if fits else 1, -1, width)
