"""The attributes of a programme's links: the general ones, as far as its profile allows them."""

from linkmgr.links.programmes.profile import Profile

AFFILIATE_REL = "sponsored nofollow noopener"
"""Google asks for `sponsored` on affiliate links (Search Central, "Qualify outbound links").

Never `noreferrer`: Amazon must see which site a reader comes from.
"""


def allows_attribute(profile: Profile | None, name: str) -> bool:
    """Whether an `<a>` of a programme may have an attribute; of an unknown one it may."""
    return profile is None or profile.allows_attribute(name)


def affiliate_rel(profile: Profile | None) -> str | None:
    """Return the `rel` of a programme's links: its own, else the general one."""
    if not allows_attribute(profile, "rel"):
        return None
    rule = profile.rules.rel if profile else None
    if rule is None:
        return AFFILIATE_REL
    words = dict.fromkeys((rule.value or AFFILIATE_REL).split())
    words |= dict.fromkeys(sorted(rule.needed))
    return " ".join(word for word in words if word not in rule.forbidden) or None


def referrer_policy(profile: Profile | None) -> str | None:
    """Return the referrer policy that a programme advises for its links."""
    if profile is None or not profile.allows_attribute("referrerpolicy"):
        return None
    return profile.rules.referrer.policy if profile.rules.referrer else None
