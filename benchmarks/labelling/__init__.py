"""A crowd that labels, as those do who are careful, sloppy, random or in league."""
