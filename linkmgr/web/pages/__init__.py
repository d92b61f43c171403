"""The pages beside the endpoints: health and metrics."""
