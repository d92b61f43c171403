"""The mediums of UTM that Google Analytics knows."""

# What it puts into a channel by the medium alone, or with a source that it knows:
# https://support.google.com/analytics/answer/9756891 (the default channel group).
_MEDIUMS = frozenset(
    {
        *("organic", "referral", "app", "link", "email", "e-mail", "e_mail"),
        *("cpc", "ppc", "retargeting", "display", "banner", "expandable", "interstitial", "cpm"),
        *("social", "social-network", "social-media", "sm", "affiliate", "audio", "sms"),
        *("push", "mobile", "notification"),
    }
)


def is_known_medium(medium: str) -> bool:
    """Whether visits of a medium get a channel; all others are listed as Unassigned."""
    return medium in _MEDIUMS or medium.startswith("paid") or "video" in medium
