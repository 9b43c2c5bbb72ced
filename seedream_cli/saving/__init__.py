"""From a URL to a picture in its place: fetched, checked, marked, named, whole or not at all."""
