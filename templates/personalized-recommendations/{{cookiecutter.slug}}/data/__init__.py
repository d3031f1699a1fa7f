"""Who did what with which item: generated, MovieLens, or one's own files, cut in two by time."""
