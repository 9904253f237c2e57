"""Templates (Mako) and static files of the WebLog."""
