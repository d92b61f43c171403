"""What the gem safe_yaml 1.0.5 makes of texts, as its own specs say it.

https://github.com/dtao/safe_yaml, folder `spec`; the values of `transform/` are written there as
the text of a scalar, and here as the value of `key`.
"""

import math
from datetime import UTC, date, datetime
from typing import Any, NamedTuple


class Spec(NamedTuple):
    """A file of specs, a YAML text, and its value."""

    file: str
    text: str
    value: Any


def scalars(file: str, values: dict[str, Any]) -> list[Spec]:
    return [Spec(file, f"key: {text}\n", {"key": value}) for text, value in values.items()]


A_TIME = datetime(2001, 12, 15, 2, 59, 43, tzinfo=UTC)
ANOTHER_TIME = datetime(2013, 1, 29, 13, 58, 0, tzinfo=UTC)

SPECS = [
    *scalars(
        "transform/to_integer_spec.rb",
        {
            "10": 10,
            "foobar": "foobar",
            "10\n\n  NOT AN INTEGER": "10\nNOT AN INTEGER",
            "1,000": 1000,
            "010": 8,
            "0x1FF": 511,
            "09": "09",
            "0": 0,
            "0x1G": "0x1G",
            "685230": 685230,
            "+685_230": 685230,
            "02472256": 685230,
            "0x_0A_74_AE": 685230,
            "0b1010_0111_0100_1010_1110": 685230,
            "190:20:30": 685230.0,
            "_850_": 850,
        },
    ),
    *scalars(
        "transform/to_float_spec.rb",
        {
            "20.00": 20.0,
            "20.00\n\n  NOT A FLOAT": "20.00\nNOT A FLOAT",
            "6.8523015e+5": 685230.15,
            "685.230_15e+03": 685230.15,
            "685_230.15": 685230.15,
            "190:20:30.15": 685230.15,
            "-.inf": -math.inf,
            ".NaN": math.nan,
            ".": ".",
        },
    ),
    *scalars(
        "transform/to_date_spec.rb",
        {
            "2013-01-01": date(2013, 1, 1),
            "2013-01-01\n\n  NOT A DATE": "2013-01-01\nNOT A DATE",
            "NOT A DATE\n\n  2013-01-01": "NOT A DATE\n2013-01-01",
            "2001-12-15T02:59:43.1Z": A_TIME,
            "2001-12-14t21:59:43.10-05:00": A_TIME,
            "2001-12-14 21:59:43.10 -5": A_TIME,
            "2001-12-15 2:59:43.10": A_TIME,
            "2012-12-01 10:33:45 +11:00": datetime(2012, 11, 30, 23, 33, 45, tzinfo=UTC),
            "0000-00-00": "0000-00-00",
            "2013-13-01": "2013-13-01",
            "2014-01-32": "2014-01-32",
            "0000-00-00 00:00:00 -0000": "0000-00-00 00:00:00 -0000",
            "2013-13-01 21:59:43 -05:00": "2013-13-01 21:59:43 -05:00",
            "2013-01-32 21:59:43 -05:00": "2013-01-32 21:59:43 -05:00",
            "2013-01-30 25:59:43 -05:00": "2013-01-30 25:59:43 -05:00",
            "2013-01-30 21:69:43 -05:00": "2013-01-30 21:69:43 -05:00",
        },
    ),
    *scalars("transform/to_symbol_spec.rb", {":foo": ":foo", ':"foo.bar"': ':"foo.bar"'}),
    *scalars("transform/base64_spec.rb", {"!binary c3VyZS4=": "sure."}),
    *(
        Spec("resolver_specs.rb", text, value)
        for text, value in (
            ("potayto: potahto\ntomayto: tomahto", {"potayto": "potahto", "tomayto": "tomahto"}),
            ("- foo\n- bar\n- baz", ["foo", "bar", "baz"]),
            (":symbol: value", {":symbol": "value"}),
            ("- yes\n- true\n- no\n- false", [True, True, False, False]),
            ("- \n- ~\n- null", [None] * 3),
            ("- true\n- True\n- TRUE\n- tRue\n- TRue", [True] * 5),
            ("- False\n- FALSE\n- fAlse\n- FALse", [False] * 4),
            ("- Null\n- NULL\n- nUll\n- NUll", [None] * 4),
            ("foo: ''", {"foo": ""}),
            ("'5.10'", "5.10"),
            (
                '- "1"\n- "3.14"\n- "true"\n- "2013-02-03"\n- "2013-02-03 16:27:00 -0600"',
                ["1", "3.14", "true", "2013-02-03", "2013-02-03 16:27:00 -0600"],
            ),
            (
                "- '1'\n- '3.14'\n- 'true'\n- '2013-02-03'\n- '2013-02-03 16:27:00 -0600'",
                ["1", "3.14", "true", "2013-02-03", "2013-02-03 16:27:00 -0600"],
            ),
            ("foo:\n  bar:\n    marco: polo", {"foo": {"bar": {"marco": "polo"}}}),
            (
                "foo: string\n:bar: symbol\n1: integer\n3.14: float\n2013-01-24: date",
                {
                    "foo": "string",
                    ":bar": "symbol",
                    1: "integer",
                    3.14: "float",
                    date(2013, 1, 24): "date",
                },
            ),
            (
                "- foo\n- :bar\n- 1\n- 3.14\n- 2013-01-24",
                ["foo", ":bar", 1, 3.14, date(2013, 1, 24)],
            ),
            ("time: 2013-01-29 05:58:00 -0800", {"time": ANOTHER_TIME}),
            ("2013-01-29 05:58:00 -0800: time", {ANOTHER_TIME: "time"}),
        )
    ),
    *(
        Spec("safe_yaml_spec.rb", text, value)
        for text, value in (
            ("- &id001 {}\n- *id001\n- *id001", [{}, {}, {}]),
            (
                '? !!binary >\n  Zm9v\n: "bar"\n? !!binary >\n  YmFy\n: "baz"',
                {"foo": "bar", "bar": "baz"},
            ),
            ("- !binary |-\n  Zm9v\n- !binary |-\n  YmFy", ["foo", "bar"]),
            (
                "a: &a {adapter: mysql, pool: 30}\nb: &b {username: u}\nc: {<<: *a, <<: *b, d: e}",
                {
                    "a": {"adapter": "mysql", "pool": 30},
                    "b": {"username": "u"},
                    "c": {
                        "adapter": "mysql",
                        "pool": 30,
                        "username": "u",
                        "d": "e",
                    },
                },
            ),
            (
                "defaults: &d {foo: foo, bar: bar}\ncustom:\n  <<: *d\n  bar: custom_bar",
                {
                    "defaults": {"foo": "foo", "bar": "bar"},
                    "custom": {"foo": "foo", "bar": "custom_bar"},
                },
            ),
            ("~", None),
            ("null", None),
            ("--- !ruby/hash:ExploitableBackDoor\nfoo: bar\n", {"foo": "bar"}),
            ("--- ! 'foo'", "foo"),
        )
    ),
    Spec(
        "issue48.txt",
        "---\ntitle: Blah\nkey: value\n---\n\n- foo\n",
        {"title": "Blah", "key": "value"},
    ),
]
