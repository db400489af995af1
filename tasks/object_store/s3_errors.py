"""Translates what boto3 raises. Server texts are left out: they can name users and keys."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ResponseStreamingError,
    SSOError,
    TokenRetrievalError,
)

from tasks.object_store.errors import (
    ContainerNotFoundError,
    CredentialsError,
    InvalidKeyError,
    ObjectNotFoundError,
    StoreAccessError,
    StoreError,
    StoreUnavailableError,
)

_NO_CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
_BROKEN_ANSWER = (IncompleteReadError, ResponseStreamingError)
_HOW_TO_SIGN_IN = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and AWS_ENDPOINT_URL"
    " for a server other than AWS"
)
_BY_CODE: dict[str, tuple[type[StoreError], str]] = {
    "NoSuchBucket": (ContainerNotFoundError, "create the bucket or correct its name"),
    "InvalidBucketName": (ContainerNotFoundError, "correct the bucket's name"),
    "InvalidAccessKeyId": (CredentialsError, _HOW_TO_SIGN_IN),
    "SignatureDoesNotMatch": (CredentialsError, _HOW_TO_SIGN_IN),
    "AuthorizationHeaderMalformed": (CredentialsError, "set AWS_REGION to the bucket's region"),
    "PermanentRedirect": (StoreAccessError, "set AWS_REGION to the bucket's region"),
    "ExpiredToken": (CredentialsError, "sign in again"),
    "InvalidToken": (CredentialsError, "sign in again"),
    "RequestTimeTooSkewed": (CredentialsError, "set this computer's clock"),
    "InvalidObjectState": (StoreAccessError, "restore it from its archive storage class first"),
    "KeyTooLongError": (InvalidKeyError, "shorten its name"),
}


class AskAgainError(StoreUnavailableError):
    """The answer broke off or lost a race; asking again at once often helps."""


@contextmanager
def typed_errors(what: str) -> Iterator[None]:
    """Raise this package's errors in place of boto3's.

    Args:
        what: the key or location that the message names.
    """
    try:
        yield
    except ClientError as error:
        raise _from_answer(error, what) from error
    except _NO_CREDENTIALS as error:
        raise CredentialsError(f"no usable AWS credentials; {_HOW_TO_SIGN_IN}") from error
    except _BROKEN_ANSWER as error:
        raise AskAgainError(f"the answer for {what!r} broke off; run again") from error
    except ParamValidationError as error:
        raise InvalidKeyError(f"S3 allows no such name: {what!r}") from error
    except BotoCoreError as error:
        raise StoreUnavailableError(
            f"no answer from S3 for {what!r} ({type(error).__name__});"
            " check the network and AWS_ENDPOINT_URL, then run again"
        ) from error


def _from_answer(error: ClientError, what: str) -> StoreError:
    code = error.response.get("Error", {}).get("Code", "")
    if code in _BY_CODE:
        kind, advice = _BY_CODE[code]
        return kind(f"S3 refuses {what!r} ({code}); {advice}")
    return _from_status(error.response["ResponseMetadata"]["HTTPStatusCode"], code, what)


def _from_status(status: int, code: str, what: str) -> StoreError:
    match status:
        case 404:
            return ObjectNotFoundError(f"there is no object {what!r}")
        case 401 | 403:
            return StoreAccessError(
                f"no permission for {what!r} ({code}); allow s3:ListBucket and s3:GetObject,"
                " for output also s3:PutObject"
            )
        case 409:
            return AskAgainError(f"another write to {what!r} is under way; run again")
    return StoreUnavailableError(f"S3 answered {status} ({code}) for {what!r}; run again later")
