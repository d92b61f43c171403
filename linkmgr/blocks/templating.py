"""The templates: the package's own, and the site's in their place, in a sandbox.

A template is as trustworthy as whoever proposed it, and a pull request that CI builds may be
anybody's. Liquid, which runs beside it, has no access to the machine either.
"""

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import wraps
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jinja2 import (
    BytecodeCache,
    FunctionLoader,
    StrictUndefined,
    Template,
    TemplateSyntaxError,
    nodes,
    pass_context,
)
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.filters import do_join, do_replace
from jinja2.loaders import BaseLoader
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Namespace
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from linkmgr.blocks.escape import escape
from linkmgr.blocks.views import (
    BlockView,
    BookView,
    CtaView,
    LinkView,
    PostView,
    PriceView,
    ProductView,
    RatingView,
    ReviewView,
    SaleView,
)
from linkmgr.blocks.voice import Text
from linkmgr.catalog.blocks import KINDS
from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import Message, excerpt, message

if TYPE_CHECKING:
    from types import CodeType


# Templates are compiled so that each step takes from the work that is left.

# Names that no template can write.
_SPEND, _WEIGH, _ROUNDS, _CONCATENATE = "1 spend", "1 weigh", "1 rounds", "1 concatenate"
_STEP = 100  # units for a round of a loop, a call and an include


class _Metered(CodeGenerator):
    """Compiles templates that say how much work they do."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja's
        super().visit_Template(_Meter().visit(node), frame)


class _Meter(NodeTransformer):
    """Adds the metering of work to a template's syntax tree."""

    def visit_Template(self, node: nodes.Template) -> nodes.Node:  # noqa: N802 - as all below
        return self._with_spending(node)

    visit_Block = visit_Macro = visit_CallBlock = visit_Template  # noqa: N815

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        if node.recursive:
            problem = "recursive loops are not allowed here"
            raise TemplateSyntaxError(problem, node.lineno)
        size = nodes.Const(_size(node))
        self.generic_visit(node)
        node.iter = _through(_ROUNDS, node.iter, size)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _through(_CONCATENATE, nodes.List(node.nodes, lineno=node.lineno))

    def visit_List(self, node: nodes.Expr) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _through(_WEIGH, node)

    visit_Dict = visit_List  # noqa: N815

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        return self.visit_List(node) if node.ctx == "load" else node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        if isinstance(node.arg, nodes.Slice):
            return self.visit_List(node)
        self.generic_visit(node)
        return node

    def _with_spending(self, node: Any) -> nodes.Node:
        size = nodes.Const(_STEP + _size(node), lineno=node.lineno)
        self.generic_visit(node)
        node.body.insert(0, nodes.ExprStmt(_through(_SPEND, size), lineno=node.lineno))
        return node  # type: ignore[no-any-return]


def _through(name: str, node: nodes.Node, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(args), [], None, None, lineno=node.lineno)


def _size(node: nodes.Node) -> int:
    """Return how many nodes and characters a part of a template has."""
    data = sum(len(each.data) for each in node.find_all(nodes.TemplateData))
    return data + sum(1 for _ in node.find_all(nodes.Node))


# Where templates run: they see what blocks show and nothing else, and do a bounded amount of work.

_WORK = 10_000_000
"""What one rendering may spend: a unit for each character it makes and each node of a loop's body
that it runs. A hundred books with texts of the maximum length take 700,000."""

_VALUE = 10  # units for a value of a list, and for what is printed or made beside its characters

# The most that a filter may be asked for: columns, characters, places.
_COUNT = 1000

# An integer has no more bits, or a power would take the memory.
_BITS = 4096

_GLOBALS = ("range", "dict", "cycler", "joiner", "namespace")  # without lipsum(n)

# Those whose result a width or a format can make arbitrarily long are left out.
_FILTERS = (
    *("abs", "batch", "capitalize", "count", "d", "default", "dictsort", "e", "escape"),
    *("filesizeformat", "first", "float", "forceescape", "groupby", "int", "items", "join"),
    *("last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace"),
    *("reverse", "round", "safe", "select", "selectattr", "slice", "sort", "string", "striptags"),
    *("sum", "title", "trim", "truncate", "unique", "upper", "urlencode", "wordcount"),
)

_TEXT = frozenset(
    (
        *("capitalize", "casefold", "count", "endswith", "find", "isalpha", "isdigit", "islower"),
        *("isspace", "isupper", "lower", "lstrip", "partition", "removeprefix", "removesuffix"),
        *("rfind", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip"),
        *("striptags", "swapcase", "title", "unescape", "upper"),
    )
)
_LOOP = frozenset(
    (
        *("changed", "cycle", "depth", "depth0", "first", "index", "index0", "last", "length"),
        *("nextitem", "previtem", "revindex", "revindex0"),
    )
)
_ATTRIBUTES: Mapping[type, frozenset[str]] = MappingProxyType(
    {
        BlockView: frozenset(BlockView._fields),
        **{
            view: frozenset(field.name for field in fields(view)) - {"hits"}
            for view in (
                BookView,
                CtaView,
                LinkView,
                PostView,
                PriceView,
                ProductView,
                RatingView,
                ReviewView,
                SaleView,
            )
        },
        LoopContext: _LOOP,
        str: _TEXT,
        Text: _TEXT | {"lang"},
        Markup: _TEXT,
        dict: frozenset(("get", "items", "keys", "values")),
        Cycler: frozenset(("current", "next", "reset")),
    }
)


class _WorkLimitError(SecurityError):
    """A template has spent all its work."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """An environment whose templates share what is left of one rendering's work."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self, loader: BaseLoader, compiled: BytecodeCache) -> None:
        super().__init__(
            loader=loader,
            bytecode_cache=compiled,
            autoescape=True,
            finalize=pass_context(lambda _, value: self._printed(value)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            optimized=False,  # what is computed while a template is compiled costs no work
        )
        self.code_generator_class = _Metered
        self.left = _WORK
        self.globals = {name: self.globals[name] for name in _GLOBALS}
        self.filters = {name: self._metered(self.filters[name]) for name in _FILTERS} | {
            _SPEND: pass_context(lambda _, amount: self.spend(amount)),
            _WEIGH: pass_context(lambda _, value: self._weighed(value)),
            _ROUNDS: pass_context(lambda _, values, size: self._rounds(values, size)),
            _CONCATENATE: pass_context(lambda _, values: self._concatenated(values)),
        }

    def spend(self, amount: int) -> None:
        """Take from the work that is left. Raise _WorkLimitError if there is not as much."""
        self.left -= amount
        if self.left < 0:
            raise _WorkLimitError

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what a template names after a dot."""
        if attribute in _ATTRIBUTES.get(type(obj), ()):  # by far the most, so first
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether templates need this attribute of an object."""
        if not super().is_safe_attribute(obj, attr, value):
            return False
        names: Iterable[str] = getattr(type(obj), "_fields", ())
        known = attr in names or attr in _ATTRIBUTES.get(type(obj), ())
        return known or isinstance(obj, Namespace | TemplateModule)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        self.spend(_STEP)
        return self._weighed(super().call(context, obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute an operation whose result may be large."""
        if operator == "%" and isinstance(left, str):
            raise SecurityError("% formats texts here, where no width is limited: use ~")
        if isinstance(left, int) and isinstance(right, int):
            if _bits(operator, left, right) > _BITS:
                raise _WorkLimitError
        elif operator == "*":
            self.spend(_length(left) * _times(right) + _length(right) * _times(left))
        else:
            self.spend(_length(left) + _length(right))
        return super().call_binop(context, operator, left, right)

    def _printed(self, value: Any) -> Markup:
        return escape(self._weighed(value))

    def _weighed(self, value: Any) -> Any:
        """Spend what printing or comparing a value takes, nested lists included."""
        if isinstance(value, str):
            self.spend(len(value) + _VALUE)
        elif isinstance(value, dict):
            self.spend(_VALUE)
            for pair in value.items():
                self._weighed(pair)
        elif isinstance(value, list | tuple | set | frozenset):
            self.spend(len(value) + _VALUE)
            for each in value:
                self._weighed(each)
        else:
            self.spend(_VALUE)
        return value

    def _rounds(self, values: Iterable[Any], size: int) -> Any:
        """Spend a loop's rounds, each of `size` nodes and characters."""
        sized: Any = values if hasattr(values, "__len__") else self._listed(values)
        self.spend(len(sized) * (_STEP + size))
        return sized

    def _listed(self, values: Iterable[Any]) -> list[Any]:
        found = []
        for value in values:
            self._weighed(value)
            found.append(value)
        return found

    def _concatenated(self, values: list[Any]) -> Markup:
        self._weighed(values)
        return Markup("").join(values)

    def _metered(self, function: Any) -> Any:
        """Return a filter that spends for its input and its output."""

        @wraps(function)
        def metered(*args: Any, **kwargs: Any) -> Any:
            self.spend(_STEP)
            for each in (*args, *kwargs.values()):
                self._weighed(each)
                if isinstance(each, int) and abs(each) > _COUNT:
                    raise _WorkLimitError
            if function is do_join:
                self._spend_separators(*args[1:], **kwargs)
            elif function is do_replace:
                self._spend_replacements(*args[1:], **kwargs)
            result = function(*args, **kwargs)
            return self._listed(result) if hasattr(result, "__next__") else self._weighed(result)

        return metered

    def _spend_separators(self, value: Any, d: Any = "", **_: Any) -> None:
        self.spend(_length(value) * _length(d))

    def _spend_replacements(self, s: Any, old: Any, new: Any, *_: Any, **__: Any) -> None:
        self.spend(str(s).count(str(old)) * len(str(new)))


def _bits(operator: str, left: int, right: int) -> int:
    if operator == "**":
        return left.bit_length() * max(right, 0)
    return left.bit_length() + right.bit_length()


def _length(value: Any) -> int:
    return len(value) if hasattr(value, "__len__") else 0


def _times(value: Any) -> int:
    return max(value, 0) if isinstance(value, int) else 0


# The templates by name.

OVERRIDES = "_linkmgr"
"""The site's folder of templates; `name.html` there replaces the package's."""

FOLDER = files("linkmgr.blocks") / "templates"


def template_names(blocks: Iterable[str]) -> frozenset[str]:
    """Return the names that a site's own templates may have."""
    return frozenset((*_packaged(), *(f"{block}.html" for block in blocks)))


def _packaged() -> tuple[str, ...]:
    """Return the names of the package's templates: one for each kind, and what frames them all."""
    shared = (
        *("block.html", "card.html", "disclosure.html", "sale.html", "shops.html"),
        "text_link.html",
    )
    return (*shared, *(f"{kind}.html" for kind in KINDS))


class _Compiled(BytecodeCache):
    """The newest of each template that this process has compiled.

    A preview in the admin makes `Templates` anew, and compiling takes most of its time.
    """

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.checksum, bucket.code


_COMPILED = _Compiled()


class Templates:
    """Every template, compiled once. A mistake in a site's own names its file and line."""

    def __init__(self, overrides: Mapping[str, str]) -> None:
        self._overrides = frozenset(overrides)
        sources = {
            name: ((FOLDER / name).read_text(encoding="utf-8"), f"{FOLDER.name}/{name}", None)
            for name in _packaged()
        }
        sources |= {name: (text, f"{OVERRIDES}/{name}", None) for name, text in overrides.items()}
        self._sandbox = _Sandbox(FunctionLoader(sources.get), _COMPILED)
        self._templates = {name: self._compiled(name) for name in sources}

    def _compiled(self, name: str) -> Template:
        try:
            return self._sandbox.get_template(name)
        except Exception as error:  # from Jinja, or from Python on Jinja's output
            if name not in self._overrides:
                raise
            line = error.lineno if isinstance(error, TemplateSyntaxError) else 0
            problem = message("blocks.template-syntax", problem=_said(error))
            raise Problems([Problem.at(f"{OVERRIDES}/{name}", line, "", problem)]) from error

    def for_block(self, name: str, kind: str) -> str:
        """Choose a block's template: the site's own by the block's name, else its kind's."""
        own = f"{name}.html"
        return own if own in self._overrides and own not in _packaged() else f"{kind}.html"

    def render(self, name: str, **values: Any) -> str:
        self._sandbox.left = _WORK
        try:
            return self._templates[name].render(values)
        except Exception as error:
            place = _place_in_overrides(error)
            if place is None:
                raise
            raise Problems([Problem.at(*place, "", _problem(error))]) from error


def _problem(error: Exception) -> Message:
    if isinstance(error, _WorkLimitError):
        return message("blocks.template-work")
    if isinstance(error, SecurityError):
        return message("blocks.template-unsafe", problem=_said(error))
    return message("blocks.template-error", kind=type(error).__name__, error=_said(error))


def _said(error: Exception) -> str:
    return excerpt(str(error) or type(error).__name__, 200)


def _place_in_overrides(error: Exception) -> tuple[str, int] | None:
    """Find the innermost line of a site's template, `None` if the mistake is not the site's."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(f"{OVERRIDES}/"):
            return frame.filename, frame.lineno or 0
    return None
