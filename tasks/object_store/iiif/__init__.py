"""Books of a IIIF server, named by manifests and collections, as a read-only store."""

from tasks.object_store.iiif.store import IiifStore, open_iiif

__all__ = ["IiifStore", "open_iiif"]
