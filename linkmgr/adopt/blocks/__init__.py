"""The blocks of links that bloggers paste into posts, and how each kind is recognised."""
