"""The report of `linkmgr adopt` for programs, as JSON."""

from typing import Any

from linkmgr.adopt.deciding.model import CollectedItem
from linkmgr.adopt.planning.plan import Adoption
from linkmgr.adopt.post.model import in_order
from linkmgr.catalog.items import ITEM_TYPES, Cta, Product
from linkmgr.messages.message import translate


def adoption_json(adoption: Adoption) -> dict[str, Any]:
    """Return the report as a value for JSON; texts are in the current language."""
    folder, collected = adoption.site.folder, adoption.collected
    return {
        "posts": len(adoption.site.posts),
        "written": adoption.written,
        "seconds": {phase: round(seconds, 3) for phase, seconds in adoption.phases.items()},
        "books": [_item(book) for book in collected.books],
        "products": [_item(product) for product in collected.products],
        "ctas": [_item(cta) for cta in collected.ctas],
        "headings": {kind: dict(headings) for kind, headings in collected.headings.items()},
        "tags": dict(collected.tags),
        "marketplaces": dict(collected.marketplaces),
        "refused": [translate(reason) for reason in collected.refused.values()],
        "refusals": [reason.to_json() for reason in collected.refused.values()],
        "added": [f"{addition.section}.{addition.name}" for addition in adoption.new],
        "mappings": _mappings(adoption),
        "readers": _readers(adoption),
        "bare": {
            kind: [folder + path for path in sorted(paths)] for kind, paths in adoption.bare.items()
        },
        "fillable": [folder + path for path in adoption.fillable],
        "leaving": _leaving(adoption),
        "reproduced": _reproduced(adoption),
        **_posts(adoption),
        **_steps(adoption),
    }


def _item(collected: CollectedItem) -> dict[str, Any]:
    item = collected.item
    values: dict[str, Any]
    if isinstance(item, Cta):
        values = {"heading": item.heading, "url": item.url}
    else:
        values = {"asin": item.asin, "title": item.title, "blurb": item.blurb}
    values["id"] = item.id
    values["posts"] = collected.posts
    values["alternatives"] = [translate(other) for other in collected.alternatives]
    values["known"] = collected.known
    if isinstance(item, Product):
        values["doubtful"] = collected.doubtful
    return values


def _mappings(adoption: Adoption) -> list[dict[str, Any]]:
    mappings = []
    for proposal in adoption.proposals:
        terms = []
        for support in proposal.support:
            term = {"cause": support.cause, "term": support.term}
            terms.append(term | support.message.to_json())
        mappings.append(
            {
                "id": proposal.mapping.id,
                "items": proposal.mapping.items,
                "terms": terms,
                "support": [translate(support.message) for support in proposal.support],
            }
        )
    return mappings


def _readers(adoption: Adoption) -> dict[str, Any]:
    readers, folder = adoption.readers, adoption.site.folder
    numbers = readers.numbers().items()
    values: dict[str, Any] = {"items": {item: number._asdict() for item, number in numbers}}
    for name in ("losing", "changing", "gaining", "differing"):
        changes = getattr(readers, name)
        values[name] = [change._replace(path=folder + change.path)._asdict() for change in changes]
    return values


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


def _reproduced(adoption: Adoption) -> dict[str, Any]:
    done = adoption.reproduced
    values: dict[str, Any] = {kind: [done.hits[kind], done.placements[kind]] for kind in ITEM_TYPES}
    values["missed"] = [
        missed._asdict()
        | {"path": adoption.site.folder + missed.path, "reason": translate(missed.reason)}
        | missed.reason.to_json()
        for missed in done.missed
    ]
    values["unseen"] = done.unseen
    return values


def _posts(adoption: Adoption) -> dict[str, Any]:
    """Return the changes of the posts' files, and what was found in them, line by line."""
    folder = adoption.site.folder
    files, findings, unsaved, skipped = [], [], [], []
    values: dict[str, Any]
    for change in adoption.changes:
        path = {"path": folder + change.path}
        if change.changed:
            values = {
                "removed": [removed._asdict() for removed in change.removed],
                "choice": change.choice.values() if change.choice else {},
                "rewritten": [rewritten._asdict() for rewritten in change.rewritten],
            }
            files.append(path | values)
        for finding in in_order((*change.findings_removed, *change.findings_left)):
            values = {
                "line": finding.line,
                "kind": finding.kind,
                "message": translate(finding.message),
                "leaves": finding in change.findings_removed,
            }
            findings.append(path | values | finding.message.to_json())
        unsaved += [path | {"leaves": True} | lost._asdict() for lost in change.unsaved_removed]
        unsaved += [path | {"leaves": False} | left._asdict() for left in change.unsaved_left]
    for problem in adoption.site.skipped:
        place = {"path": problem.location.file, "line": problem.location.line}
        skipped.append(place | {"message": translate(problem.message)} | problem.message.to_json())
    kept = []
    for kept_path, product in adoption.kept_products:
        reason = {"reason": translate(product.reason)} | product.reason.to_json()
        kept.append({"path": kept_path} | product._asdict() | reason)
    return {
        "files": files,
        "findings": findings,
        "kept": kept,
        "untitled": dict(adoption.untitled),
        "unsaved": unsaved,
        "skipped": skipped,
    }


def _steps(adoption: Adoption) -> dict[str, Any]:
    """Return the files that `--write` makes and edits, posts left without blocks, and tags."""
    makes = sorted(adoption.files)
    if adoption.anything and not adoption.catalog_before:
        makes.insert(0, adoption.catalog_path)
    return {
        "makes": makes,
        "edits": [edit.path for edit in adoption.edits],
        "unshown": [
            {"layout": unserved.layout, "posts": number, "advice": translate(unserved.advice)}
            for unserved, number in adoption.unshown
        ],
        "earnings": {
            "tag": adoption.earnings.tag,
            "other_tags": dict(adoption.earnings.tags),
            "wrappers": dict(adoption.earnings.wrappers),
        },
    }
