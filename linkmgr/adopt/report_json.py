"""The report of `linkmgr adopt` for programs, as JSON."""

from typing import Any

from linkmgr.adopt.deciding.model import CollectedItem
from linkmgr.adopt.planning.changes import FileChange
from linkmgr.adopt.planning.plan import Adoption
from linkmgr.adopt.post.model import KeptProduct, PostFinding, in_order
from linkmgr.adopt.proposing.measure import Missed
from linkmgr.catalog.items import ITEM_TYPES, Cta, Good
from linkmgr.messages.message import word


def adoption_json(adoption: Adoption) -> dict[str, Any]:
    """Return the report as a value for JSON; texts are in the current language."""
    folder, collected, done = adoption.site.folder, adoption.collected, adoption.reproduced
    return {
        "posts": len(adoption.site.posts),
        "written": adoption.written,
        "seconds": {phase: round(seconds, 3) for phase, seconds in adoption.phases.items()},
        "books": [
            {"asin": b.item.asin, "title": b.item.title, "blurb": b.item.blurb} | _item(b)
            for b in collected.books
            if isinstance(b.item, Good)
        ],
        "products": [
            {"asin": p.item.asin, "title": p.item.title, "blurb": p.item.blurb}
            | _item(p)
            | {"doubtful": p.doubtful}
            for p in collected.products
            if isinstance(p.item, Good)
        ],
        "ctas": [
            {"heading": c.item.heading, "url": c.item.url} | _item(c)
            for c in collected.ctas
            if isinstance(c.item, Cta)
        ],
        "headings": {
            kind: dict(headings) for kind, headings in adoption.collected.headings.items()
        },
        "tags": dict(collected.tags),
        "marketplaces": dict(collected.marketplaces),
        "refused": [word(reason) for reason in collected.refused.values()],
        "refusals": [reason.to_json() for reason in collected.refused.values()],
        "added": [f"{addition.section}.{addition.name}" for addition in adoption.new],
        "mappings": [
            {
                "id": p.mapping.id,
                "items": p.mapping.items,
                "terms": [
                    {"cause": support.cause, "term": support.term} | support.message.to_json()
                    for support in p.support
                ],
                "support": [word(reason.message) for reason in p.support],
            }
            for p in adoption.proposals
        ],
        "readers": _readers(adoption),
        "bare": {
            kind: [folder + path for path in sorted(paths)] for kind, paths in adoption.bare.items()
        },
        "fillable": [folder + path for path in adoption.fillable],
        "leaving": _leaving(adoption),
        "reproduced": {
            **{kind: [done.hits[kind], done.placements[kind]] for kind in ITEM_TYPES},
            "missed": [_missed(missed, folder) for missed in done.missed],
            "unseen": done.unseen,
        },
        "files": [
            {
                "path": folder + change.path,
                "removed": [removed._asdict() for removed in change.removed],
                "choice": change.choice.values() if change.choice else {},
                "rewritten": [rewritten._asdict() for rewritten in change.rewritten],
            }
            for change in adoption.rewritten
        ],
        "findings": [
            _finding(finding, change, folder)
            for change in adoption.changes
            for finding in in_order((*change.findings_removed, *change.findings_left))
        ],
        "kept": [{"path": path} | _kept(product) for path, product in adoption.kept_products],
        "untitled": dict(adoption.untitled),
        "unsaved": [
            {"path": folder + change.path, "leaves": leaves} | unsaved._asdict()
            for change in adoption.changes
            for leaves, lost in ((True, change.unsaved_removed), (False, change.unsaved_left))
            for unsaved in lost
        ],
        "skipped": [
            {
                "path": problem.location.file,
                "line": problem.location.line,
                "message": word(problem.message),
            }
            | problem.message.to_json()
            for problem in adoption.site.skipped
        ],
        **_steps(adoption),
    }


def _readers(adoption: Adoption) -> dict[str, Any]:
    readers, folder = adoption.readers, adoption.site.folder
    posts = {
        name: [change._replace(path=folder + change.path)._asdict() for change in changes]
        for name, changes in (
            ("losing", readers.losing),
            ("changing", readers.changing),
            ("gaining", readers.gaining),
            ("differing", readers.differing),
        )
    }
    return {
        "items": {item: numbers._asdict() for item, numbers in readers.numbers().items()},
        **posts,
    }


def _leaving(adoption: Adoption) -> dict[str, Any]:
    leaving = adoption.leaving
    return {
        "utm": leaving.utm._asdict(),
        "classes": leaving.classes._asdict(),
        "related": leaving.related._asdict(),
        "icons": leaving.icons,
        "covers": leaving.covers._asdict(),
        "headings": [heading._asdict() for heading in leaving.headings],
        "headings_in_cards": leaving.headings_in_cards,
        "heading_levels": [level._asdict() for level in leaving.heading_levels],
        "posts_in_feeds": leaving.posts_in_feeds,
        "files": adoption.size_of_commit,
    }


def _item(item: CollectedItem) -> dict[str, Any]:
    return {
        "id": item.item.id,
        "posts": item.posts,
        "alternatives": [word(other) for other in item.alternatives],
        "known": item.known,
    }


def _missed(missed: Missed, folder: str) -> dict[str, Any]:
    return {
        "path": folder + missed.path,
        "kind": missed.kind,
        "item": missed.item,
        "cause": missed.cause,
        "reason": word(missed.reason),
    } | missed.reason.to_json()


def _finding(finding: PostFinding, change: FileChange, folder: str) -> dict[str, Any]:
    return {
        "path": folder + finding.path,
        "line": finding.line,
        "kind": finding.kind,
        "message": word(finding.message),
        "leaves": finding in change.findings_removed,
    } | finding.message.to_json()


def _kept(product: KeptProduct) -> dict[str, Any]:
    return product._asdict() | {"reason": word(product.reason)} | product.reason.to_json()


def _steps(adoption: Adoption) -> dict[str, Any]:
    """Return which files `--write` makes and edits, which posts it would leave without blocks."""
    makes = sorted(adoption.files)
    if adoption.anything and not adoption.catalog_before:
        makes.insert(0, adoption.catalog_path)
    return {
        "makes": makes,
        "edits": [edit.path for edit in adoption.edits],
        "unshown": [
            {"layout": unserved.layout, "posts": number, "advice": word(unserved.advice)}
            for unserved, number in adoption.unshown
        ],
        "earnings": {
            "tag": adoption.earnings.tag,
            "other_tags": dict(adoption.earnings.tags),
            "wrappers": dict(adoption.earnings.wrappers),
        },
    }
