"""Related posts: those of the same language that have most in common with a post.

What is needed from other posts is computed once, on demand: from some hundred of them for a single
post, from all by `compute`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from linkmgr.messages.message import Message, message
from linkmgr.posts.article.text import title_text
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts
from linkmgr.resolver.model import NO_POST, Reason, Run

if TYPE_CHECKING:
    from linkmgr.resolver.likeness import ComparedPosts, Scored
    from linkmgr.resolver.nearest import Held

# The likeness that a related post needs: a rare tag, or some words. Of 925 judged pairs of three
# blogs those below it have a mean grade of 0.1, those above it of 0.9 to 1.3, where 2 fits clearly.
MINIMUM = 0.05
# A post that no page would show takes the last place on one where it has this share of the score.
ORPHANS_SHARE = 0.8
# So many parts of a post's own series it shows: those before and after it.
MOST_PARTS = 2
NEAREST = 20


class RelatedChoice(NamedTuple):
    """How many related posts are chosen, and the likeness that they need (`None`: `MINIMUM`)."""

    limit: int
    minimum: float | None


KnownRelated = Mapping[RelatedChoice, Mapping[str, Sequence[str]]]
"""The related posts chosen before, as live URLs by live URL; valid only for the same posts."""


class Candidate(NamedTuple):
    """A post that the related block may show, by its position among the live posts."""

    position: int
    score: float


Earlier = Callable[[], Mapping[str, bytes]]
"""Returns the columns of numbers that `RelatedPosts.dump` gave in an earlier build."""


def nothing() -> Mapping[str, bytes]:
    """Return the empty state, for a site without an earlier build."""
    return {}


class RelatedPosts:
    """Chooses related posts from the live posts of a site.

    Those `apart` are never candidates, nor are those whose pages redirect to another.
    """

    def __init__(
        self,
        posts: Sequence[Post],
        known: KnownRelated,
        apart: frozenset[str] = frozenset(),
        earlier: Earlier = nothing,
    ) -> None:
        live = live_posts(posts)
        self._all = posts
        self._posts = [post for post in posts if live.get(post.live_url) is post]
        self._known = known
        self._earlier = earlier
        self.are_computed = False
        self._apart = apart.union(post.path for post in posts if post.redirects)
        self._positions = {post.live_url: number for number, post in enumerate(self._posts)}
        self._best: dict[RelatedChoice, dict[int, list[Candidate]]] = {}
        self._orphans: dict[RelatedChoice, dict[int, list[Candidate]]] = {}
        self._shown: dict[RelatedChoice, dict[int, bool]] = {}

    def __len__(self) -> int:
        return len(self._posts)

    @cached_property
    def _compared(self) -> "ComparedPosts":
        # Numpy takes longer to load than most commands run, and an unchanged build needs none.
        from linkmgr.resolver.likeness import ComparedPosts  # noqa: PLC0415

        return ComparedPosts(self._posts)

    @cached_property
    def _earlier_columns(self) -> Mapping[str, bytes]:
        return self._earlier()

    def are_known(self, choices: Iterable[RelatedChoice]) -> bool:
        """Whether the related posts for all of these choices were chosen before."""
        return all(choice in self._known for choice in choices)

    def compute(self, choices: Iterable[RelatedChoice], run: Run) -> None:
        """Choose the related posts of all posts, on all processors if `run` does so."""
        earlier = self._earlier_columns
        held = self._compared.compare(run, earlier)
        for choice in choices:
            best = self._best.setdefault(choice, {})
            self._choose_missing(best, self._best_of, choice, run, name=f"{choice} best", held=held)
            self._find_shown(choice)
            if held and (shown_before := earlier.get(f"{choice} shown")):
                now = bytes(self._shown[choice].values())
                held_near = self._compared.with_same_near(held, shown_before, now)
            else:
                held_near = None
            orphans = self._orphans.setdefault(choice, {})
            name = f"{choice} orphans"
            self._choose_missing(orphans, self._orphans_for, choice, run, name=name, held=held_near)
        self.are_computed = True

    def _choose_missing(  # noqa: PLR0913 - what is chosen, how, and from where
        self,
        chosen: dict[int, list[Candidate]],
        choose: Callable[[int, RelatedChoice], list[Candidate]],
        choice: RelatedChoice,
        run: Run,
        *,
        name: str,
        held: "Held | None",
    ) -> None:
        """Choose posts for each post, or keep an earlier build's choice where it still holds."""
        from linkmgr.resolver.nearest import still_best  # noqa: PLC0415 - as above

        for position, candidates in still_best(name, self._earlier_columns, held).items():
            chosen[position] = [Candidate(*pair) for pair in candidates]
        missing = [position for position in range(len(self)) if position not in chosen]

        def choose_in(start: int, stop: int) -> list[list[Candidate]]:
            return [choose(position, choice) for position in missing[start:stop]]

        if missing:
            chosen.update(zip(missing, run(choose_in, len(missing)), strict=True))

    def _find_shown(self, choice: RelatedChoice) -> None:
        """Find out which posts any page shows."""
        best = self._best[choice]
        shown = self._compared.are_shown([best[position] for position in range(len(self))])
        self._shown[choice] = {position: bool(mark) for position, mark in enumerate(shown)}

    def dump(self) -> dict[str, bytes]:
        """Return the computed state of all posts, for a later build."""
        from linkmgr.resolver.nearest import dump_best  # noqa: PLC0415 - as above

        columns = self._compared.dump()
        for choice in self._best:
            best, orphans = self._best[choice], self._orphans[choice]
            columns |= dump_best(f"{choice} best", [best[n] for n in range(len(self))])
            columns |= dump_best(f"{choice} orphans", [orphans[n] for n in range(len(self))])
            columns[f"{choice} shown"] = bytes(self._shown[choice].values())
        return columns

    def nearest(self, post: Post) -> list[tuple[Post, float]]:
        """Return the `NEAREST` live posts most like a post, with their likeness (0 to 1).

        They are of its language; those apart are left out. A post that is not live has none.
        """
        position = self._positions.get(post.live_url)
        if position is None:
            return []
        nearest: list[tuple[Post, float]] = []
        for other, likeness in self._compared.nearest(position):
            if self._posts[other].path not in self._apart:
                nearest.append((self._posts[other], likeness))
        return nearest[:NEAREST]

    def all_nearest(self) -> dict[str, bytes]:
        """Return the result of `nearest` for all posts, with the likeness in thousandths.

        Positions are those among the posts given, or `NO_POST` where fewer are near.
        """
        import numpy as np  # noqa: PLC0415 - as above

        are_apart = np.array([post.path in self._apart for post in self._posts], bool)
        nearest, likeness = self._compared.all_nearest(are_apart, NEAREST)
        is_live = np.array([self._is_live(post) for post in self._all], bool)
        were_at = np.append(np.flatnonzero(is_live), [NO_POST])  # the last one is at `NO_POST`
        columns = np.full((2, len(self._all), nearest.shape[1]), NO_POST, np.int32)
        columns[0, is_live], columns[1, is_live] = were_at[nearest], likeness
        return {
            "nearest positions": columns[0].tobytes(),
            "nearest likeness": columns[1].tobytes(),
        }

    def _is_live(self, post: Post) -> bool:
        position = self._positions.get(post.live_url)
        return position is not None and self._posts[position] is post

    def shown(self, post: Post, choice: RelatedChoice) -> list[Post]:
        """Return the posts to show in `post`, comparing none if they were chosen before."""
        known = self._known.get(choice, {}).get(post.live_url)
        if known is None:
            return [self.post(candidate) for candidate in self.chosen(post, choice)]
        return [self._posts[self._positions[url]] for url in known]

    def candidates(self, post: Post, minimum: float | None = None) -> list[Candidate]:
        """Return the live posts that reach the minimum, the best first; ties go to the newer."""
        position = self._positions.get(post.live_url)
        return [] if position is None else list(self._candidates(position, minimum))

    def _candidates(self, position: int, minimum: float | None) -> Iterator[Candidate]:
        """Yield the posts that reach the minimum; of its own series those beside it alone."""
        needed = MINIMUM if minimum is None else minimum
        too_far = self._parts_too_far(position, needed)
        for other in self._compared.scores(position):
            if self._fits(other, needed) and other.position not in too_far:
                yield Candidate(other.position, other.score)

    def _fits(self, other: "Scored", needed: float) -> bool:
        return other.likeness >= needed and self._posts[other.position].path not in self._apart

    def _parts_too_far(self, position: int, needed: float) -> frozenset[int]:
        """Return the parts of a post's series that fit, without those beside it."""
        if not self._compared.is_part(position):
            return frozenset()
        parts: list[tuple[int, int]] = []
        for other in self._compared.scores(position):
            distance = self._compared.parts_apart(position, other.position)
            if distance is not None and self._fits(other, needed):
                parts.append((distance, other.position))
        return frozenset(part for _, part in sorted(parts)[MOST_PARTS:])

    def chosen(self, post: Post, choice: RelatedChoice) -> list[Candidate]:
        """Return the candidates to show in `post`, the best first.

        No two of them tell the same, and one tells the post's own news only where a place would
        stay empty. The last place may go to an orphan: a post that no page would show otherwise.
        """
        position = self._positions.get(post.live_url)
        if position is None:
            return []
        best = self._best_of(position, choice)
        orphan = self._orphan_for(position, choice)
        if orphan and self._is_shown_elsewhere(best[-1], position, choice):
            return [*best[:-1], orphan]
        return best

    def _best_of(self, position: int, choice: RelatedChoice) -> list[Candidate]:
        known = self._best.setdefault(choice, {})
        if position not in known:
            known[position] = self._choose(position, choice)
        return known[position]

    def _choose(self, position: int, choice: RelatedChoice) -> list[Candidate]:
        chosen: list[Candidate] = []
        retelling: Candidate | None = None
        for candidate in self._candidates(position, choice.minimum):
            if len(chosen) == choice.limit:
                return chosen
            twin = self._twin(position, candidate, chosen)
            if twin is None:
                chosen.append(candidate)
            elif twin == position and retelling is None:
                retelling = candidate
        if retelling and len(chosen) < choice.limit:
            chosen.append(retelling)
            chosen.sort(key=lambda candidate: -candidate.score)
        return chosen

    def _orphan_for(self, position: int, choice: RelatedChoice) -> Candidate | None:
        """Return the closest orphan whose best page this one is."""
        for orphan in self._orphans_for(position, choice):
            if self._best_page_for(orphan, choice) == position:
                return orphan
        return None

    def _best_page_for(self, orphan: Candidate, choice: RelatedChoice) -> int | None:
        """Return the page nearest to an orphan that may show it."""
        for page in self._pages(orphan.position):
            for other in self._orphans_for(page, choice):
                if other.position == orphan.position:
                    return page
        return None

    def _orphans_for(self, position: int, choice: RelatedChoice) -> list[Candidate]:
        """Return the orphans that may take the last place on a page."""
        known = self._orphans.setdefault(choice, {})
        if position not in known:
            known[position] = self._find_orphans(position, choice)
        return known[position]

    def _find_orphans(self, position: int, choice: RelatedChoice) -> list[Candidate]:
        best = self._best_of(position, choice)
        is_full = len(best) == choice.limit > 1
        if not is_full or self._posts[position].path in self._apart:
            return []
        least = ORPHANS_SHARE * best[-1].score
        orphans: list[Candidate] = []
        for candidate in self._candidates(position, choice.minimum):
            if candidate.score < least:
                break
            if self._is_shown(candidate.position, choice):
                continue
            if self._twin(position, candidate, best[:-1]) is None:
                orphans.append(candidate)
        return orphans

    def _is_shown(self, position: int, choice: RelatedChoice) -> bool:
        """Whether any page shows a post."""
        known = self._shown.setdefault(choice, {})
        if position not in known:
            pages = self._pages(position)
            known[position] = any(self._shows(page, position, choice) for page in pages)
        return known[position]

    def _is_shown_elsewhere(
        self, candidate: Candidate, position: int, choice: RelatedChoice
    ) -> bool:
        """Whether another page than this one shows a post as well."""
        for page in self._pages(candidate.position):
            if page != position and self._shows(page, candidate.position, choice):
                return True
        return False

    def _pages(self, position: int) -> list[int]:
        """Return the posts whose pages may show a post, those closest to it first."""
        return self._compared.pages(position)

    def _shows(self, page: int, position: int, choice: RelatedChoice) -> bool:
        return any(candidate.position == position for candidate in self._best_of(page, choice))

    def missing(self, post: Post, candidate: Candidate, chosen: Sequence[Candidate]) -> Message:
        """Return why a candidate is not among those chosen for `post`."""
        better = [other for other in chosen if other.score >= candidate.score]
        twin = self._twin(self._positions[post.live_url], candidate, better)
        if twin is not None:
            return message("resolver.same-news", title=title_text(self._posts[twin].title))
        return message("resolver.no-room", limit=len(chosen))

    def _twin(self, position: int, candidate: Candidate, chosen: Sequence[Candidate]) -> int | None:
        """Return the post whose news a candidate tells again: this one or one of those chosen."""
        if self._compared.parts_apart(position, candidate.position) is not None:
            return None
        if self._compared.tells_the_same(position, candidate.position):
            return position
        for other in chosen:
            if self._compared.repeats(candidate.position, other.position):
                return other.position
        return None

    def post(self, candidate: Candidate) -> Post:
        return self._posts[candidate.position]

    def reasons(self, post: Post, candidate: Candidate) -> tuple[Reason, ...]:
        """Return why a candidate is related to `post`; the points add up to its score."""
        position = self._positions[post.live_url]
        return tuple(self._compared.reasons(position, candidate.position))
