"""Templates compiled so that each step takes from the work that is left."""

from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer

# Names that no template can write.
SPEND, WEIGH, ROUNDS, CONCATENATE = "1 spend", "1 weigh", "1 rounds", "1 concatenate"
STEP = 100  # units for a round of a loop, a call and an include


class Metered(CodeGenerator):
    """Compiles templates that say how much work they do."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja's
        super().visit_Template(Meter().visit(node), frame)


class Meter(NodeTransformer):
    """Puts what spends work into a template's tree."""

    def visit_Template(self, node: nodes.Template) -> nodes.Node:  # noqa: N802 - as all below
        return self._with_spending(node)

    visit_Block = visit_Macro = visit_CallBlock = visit_Template  # noqa: N815

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        if node.recursive:
            problem = "recursive loops are not allowed here"
            raise TemplateSyntaxError(problem, node.lineno)
        size = nodes.Const(_size(node))
        self.generic_visit(node)
        node.iter = _through(ROUNDS, node.iter, size)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _through(CONCATENATE, nodes.List(node.nodes, lineno=node.lineno))

    def visit_List(self, node: nodes.Expr) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _through(WEIGH, node)

    visit_Dict = visit_List  # noqa: N815

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        return self.visit_List(node) if node.ctx == "load" else node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        if isinstance(node.arg, nodes.Slice):
            return self.visit_List(node)
        self.generic_visit(node)
        return node

    def _with_spending(self, node: Any) -> nodes.Node:
        size = nodes.Const(STEP + _size(node), lineno=node.lineno)
        self.generic_visit(node)
        node.body.insert(0, nodes.ExprStmt(_through(SPEND, size), lineno=node.lineno))
        return node  # type: ignore[no-any-return]


def _through(name: str, node: nodes.Node, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(args), [], None, None, lineno=node.lineno)


def _size(node: nodes.Node) -> int:
    """Return how many nodes and characters a part of a template has."""
    data = sum(len(each.data) for each in node.find_all(nodes.TemplateData))
    return data + sum(1 for _ in node.find_all(nodes.Node))
