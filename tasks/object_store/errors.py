"""What can go wrong with a store. Messages name keys, never credentials or server-side paths."""


class StoreError(Exception):
    """Any failure of an object store."""


class ObjectNotFoundError(StoreError, FileNotFoundError):
    """The key names no object."""


class ContainerNotFoundError(StoreError, FileNotFoundError):
    """The directory or bucket itself does not exist."""


class StoreAccessError(StoreError, PermissionError):
    """The store refuses this operation to this user."""


class CredentialsError(StoreError, PermissionError):
    """There are no credentials, or the server does not accept them."""


class ObjectChangedError(StoreError, RuntimeError):
    """The object is another version than the one asked for, or its bytes are damaged."""


class ObjectTooLargeError(StoreError, ValueError):
    """The object has more bytes than the caller accepts."""


class InvalidKeyError(StoreError, ValueError):
    """The key would leave the store's root, or the store cannot hold such a name."""


class InvalidLocationError(StoreError, ValueError):
    """The location is neither a path, ``s3://bucket/prefix``, a zip file nor a IIIF document."""


class StoreUnavailableError(StoreError, ConnectionError):
    """The store did not answer, or answered incompletely; trying again may help."""
