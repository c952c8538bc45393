"""Still pictures of map and figures."""
