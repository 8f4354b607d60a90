"""What AWS knows, one module a source: asked, bounded and put into words."""
