"""What a site has besides its posts: its folders, configuration, layouts and templates."""
