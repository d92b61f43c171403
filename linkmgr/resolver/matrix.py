"""A sparse matrix: of each row, the columns that it has and their weights.

Weights are whole numbers, so that sums are the same in any order and on any machine.
"""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]


class SparseMatrix:
    """A matrix of `height` rows and `width` columns; its entries are in the order of the rows."""

    def __init__(
        self, rows: Numbers, columns: Numbers, weights: Numbers, *, height: int, width: int
    ) -> None:
        self.rows, self.columns, self.weights = rows, columns, weights
        self.height, self.width = height, width
        self.starts = starts_of(rows, height)

    @cached_property
    def _by_columns(self) -> Numbers:
        """The entries' places in the order of the columns."""
        return np.argsort(self.columns, kind="stable")

    @cached_property
    def transposed(self) -> "SparseMatrix":
        """The same matrix with its columns as rows."""
        order = self._by_columns
        rows, columns, weights = self.rows[order], self.columns[order], self.weights[order]
        return SparseMatrix(columns, rows, weights, height=self.width, width=self.height)

    def in_columns(self, marks: Numbers) -> Numbers:
        """Return marks of the entries in the order that they have in `transposed`."""
        return np.asarray(marks[self._by_columns])

    def with_entries(self, kept: Numbers) -> "SparseMatrix":
        """Return the matrix with some of its entries alone."""
        entries = self.rows[kept], self.columns[kept], self.weights[kept]
        return SparseMatrix(*entries, height=self.height, width=self.width)

    def row(self, number: int) -> tuple[Numbers, Numbers]:
        """Return the columns of a row and their weights."""
        row = slice(self.starts[number], self.starts[number + 1])
        return self.columns[row], self.weights[row]

    def entries_of(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Return the positions of the entries of some rows, and the number that each row has."""
        starts, lengths = self.starts[rows], self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        return np.repeat(starts - ends + lengths, lengths) + np.arange(total), lengths

    def product(
        self, columns: Numbers, weights: Numbers, counting: Numbers | None = None
    ) -> Numbers:
        """Return the products of all rows with one that has these columns.

        `counting` marks the entries that count, in the order of `transposed`; otherwise all do.
        """
        having = self.transposed
        entries, lengths = having.entries_of(columns)
        products = np.repeat(weights.astype(np.float64), lengths) * having.weights[entries]
        if counting is not None:
            products *= counting[entries]
        return np.bincount(having.columns[entries], products, self.height).astype(np.int64)

    def products(self, columns: Numbers, weights: Numbers, rows: Numbers) -> Numbers:
        """Return the products of some rows, none of them empty, with one that has these columns."""
        whole = np.zeros(self.width)
        whole[columns] = weights
        entries, lengths = self.entries_of(rows)
        products = whole[self.columns[entries]] * self.weights[entries]
        return np.add.reduceat(products, np.cumsum(lengths) - lengths).astype(np.int64)

    def products_among(self, rows: Numbers) -> float:
        """Return the summed products of all pairs of some rows, each counted both ways."""
        entries, _ = self.entries_of(rows)
        if not len(entries):
            return 0.0
        weights = self.weights[entries].astype(np.float64)
        _, columns = np.unique(self.columns[entries], return_inverse=True)
        sums = np.bincount(columns, weights)
        return float(np.sum(sums * sums) - np.sum(weights * weights))

    def weightiest(self, most: int) -> Numbers:
        """Mark the weightiest entries of each row: as many as have `most` rows in their columns.

        The weightiest one of a row is marked in any case.
        """
        # Weights are below 2**15, and entries are in the order of the rows already.
        order = np.argsort((self.rows.astype(np.int64) << 16) - self.weights, kind="stable")
        read = np.cumsum(np.diff(self.transposed.starts)[self.columns[order]])
        before = np.concatenate(([0], read))[self.starts[self.rows]]
        marks = np.zeros(len(order), dtype=bool)
        marks[order] = read - before <= most
        firsts = self.starts[:-1][np.diff(self.starts) > 0]
        marks[order[firsts]] = True
        return marks


def starts_of(groups: Numbers, number: int) -> Numbers:
    """Return the start of each group in order, and the end of the last."""
    return np.concatenate(([0], np.cumsum(np.bincount(groups, minlength=number))))
