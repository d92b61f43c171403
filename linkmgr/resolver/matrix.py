"""A sparse matrix of whole numbers: rows of entries, each a column and a weight."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class SparseMatrix:
    """A matrix that stores only what is not zero; entries lie together by rows, in order."""

    starts: Array
    """Where the entries of each row begin, and where the last one's end."""

    columns: Array
    weights: Array

    width: int
    """The number of columns."""

    @classmethod
    def of_entries(
        cls, rows: Array, columns: Array, weights: Array, shape: tuple[int, int]
    ) -> "SparseMatrix":
        """Return the matrix of entries that are sorted by rows."""
        height, width = shape
        return cls(starts_of(rows, height), columns, weights, width)

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(self.starts) - 1

    @cached_property
    def rows(self) -> Array:
        """The row of each entry."""
        return np.repeat(np.arange(self.height, dtype=np.int32), np.diff(self.starts))

    def with_weights(self, weights: Array) -> "SparseMatrix":
        """Return the same entries with other weights, without those that are zero now."""
        return replace(self, weights=weights).keeping(weights > 0)

    def keeping(self, kept: Array) -> "SparseMatrix":
        """Return the matrix of some of the entries; `kept` says for each whether it is one."""
        shape = (self.height, self.width)
        return self.of_entries(self.rows[kept], self.columns[kept], self.weights[kept], shape)

    def weightiest_first(self) -> "SparseMatrix":
        """Return the same matrix with each row's entries by weight, descending."""
        order = np.lexsort((-self.weights.astype(np.int32), self.rows))
        return replace(self, columns=self.columns[order], weights=self.weights[order])

    @cached_property
    def transposed(self) -> "SparseMatrix":
        """The matrix whose rows are the columns of this one."""
        order = np.argsort(self.columns, kind="stable")
        shape = (self.width, self.height)
        return self.of_entries(self.columns[order], self.rows[order], self.weights[order], shape)

    def row(self, position: int) -> tuple[Array, Array]:
        """Return the columns and the weights of a row."""
        entries = slice(self.starts[position], self.starts[position + 1])
        return self.columns[entries], self.weights[entries]

    def column_sizes(self) -> Array:
        """Return how many rows have each column."""
        return np.bincount(self.columns, minlength=self.width)

    def products_with_all(self, columns: Array, weights: Array) -> Array:
        """Return the products of a row, given by columns and weights, with every row."""
        having = self.transposed
        entries, lengths = having.entries_of(columns)
        products = np.repeat(weights.astype(np.float64), lengths) * having.weights[entries]
        sums = np.bincount(having.columns[entries], products, self.height)
        return sums.astype(np.int64)

    def products_with(self, columns: Array, weights: Array, others: Array) -> Array:
        """Return the products of a row with some others, none of which is empty."""
        row = np.zeros(self.width)
        row[columns] = weights
        entries, lengths = self.entries_of(others)
        products = row[self.columns[entries]] * self.weights[entries]
        return np.asarray(np.add.reduceat(products, np.cumsum(lengths) - lengths))

    def products_among(self, rows: Array) -> float:
        """Return the sum of the products of all pairs of some rows, each counted both ways."""
        entries, _ = self.entries_of(rows)
        if not len(entries):
            return 0.0
        weights = self.weights[entries].astype(np.float64)
        _, columns = np.unique(self.columns[entries], return_inverse=True)
        sums = np.bincount(columns, weights)
        return float(np.sum(sums * sums) - np.sum(weights * weights))

    def entries_of(self, rows: Array) -> tuple[Array, Array]:
        """Return where the entries of some rows are, and how many each row has."""
        starts, stops = self.starts[rows], self.starts[rows + 1]
        lengths = stops - starts
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        return np.repeat(starts - ends + lengths, lengths) + np.arange(total), lengths


def starts_of(groups: Array, number: int) -> Array:
    """Return where each of a number of groups begins in order, and where the last ends."""
    return np.concatenate(([0], np.cumsum(np.bincount(groups, minlength=number))))


def of_length_one(rows: Array, weights: Array) -> Array:
    """Return the weights of entries, divided by the lengths of their rows."""
    if not len(rows):
        return weights
    lengths = np.sqrt(np.bincount(rows, weights.astype(np.float64) ** 2)).astype(np.float32)
    lengths[lengths == 0] = 1
    return np.asarray(weights / lengths[rows])
