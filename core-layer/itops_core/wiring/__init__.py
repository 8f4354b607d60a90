"""The only place where settings become objects; split by need, so that imports stay cheap."""
