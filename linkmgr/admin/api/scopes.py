"""Which scope of a token each operation of the API needs."""

from linkmgr.store.accounts.tokens import Scope

NEEDED = {
    "entries.list_entries": Scope.READ,
    "entries.show_entry": Scope.READ,
    "entries.add": Scope.EDIT,
    "entries.replace": Scope.EDIT,
    "entries.remove": Scope.EDIT,
    "figures.stats": Scope.READ,
    "figures.health": Scope.READ,
    "nodes.targets": Scope.CATALOG,
    "nodes.catalog": Scope.CATALOG,
    "site.posts": Scope.READ,
    "site.post": Scope.READ,
    "site.tags": Scope.READ,
    "site.impact": Scope.READ,
    "site.build_state": Scope.READ,
    "site.build": Scope.BUILD,
}
"""The scope by the name of Flask's endpoint; what is not here needs no token."""
