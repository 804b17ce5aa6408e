"""Tokens of pages: whose they are, how long they hold, and that nothing else passes for one."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.keys import ApiKey, KeyScope, Shown, Signer, digest, new_id, new_secret
from api.tokens import (
    LONGEST,
    SELF,
    Claims,
    KeyTooShort,
    Purpose,
    TokenExpired,
    TokenInvalid,
    looks_like_token,
    read,
    sign,
    signer_id,
)

NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
QUARTER = dt.timedelta(minutes=15)
BOSS = "https://boss.example.cn:8443"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
SECOND = dt.timedelta(seconds=1)


def signer_of(*scopes: KeyScope) -> Signer:
    identifier = new_id()
    secret = new_secret(identifier)
    return ApiKey(identifier, "BOSS", frozenset(scopes), digest(secret), NOW).signer


SIGNER = signer_of(KeyScope.ADMINISTER)


def claims(**changed: object) -> Claims:
    usual: dict[str, object] = {
        "scopes": frozenset({KeyScope.READ, KeyScope.SEND}),
        "origins": (SELF, BOSS),
        "issued_at": NOW,
        "expires_at": NOW + QUARTER,
        "staff": "A0012",
        "hall": "H01",
    }
    return Claims(**{**usual, **changed})  # type: ignore[arg-type]


TOKEN = sign(claims(), SIGNER, Purpose.PAGE)


def forged(header: dict[str, object], payload: object, key: str = "x" * 32) -> str:
    """A token as anybody can make one, by hand."""

    def part(content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    signed = jwt.encode({}, key, "HS256").rpartition(".")[2]
    return f"{part(header)}.{part(payload)}.{signed}"


def refused(token: str, signer: Signer | None = SIGNER) -> bool:
    """Whether it is, wherever that is found out."""
    try:
        signer_id(token)
        read(token, signer, Purpose.PAGE, NOW)
    except TokenInvalid:
        return True
    return False


def test_a_token_says_what_was_signed() -> None:
    assert looks_like_token(TOKEN)
    assert signer_id(TOKEN) == SIGNER.id
    assert read(TOKEN, SIGNER, Purpose.PAGE, NOW) == claims()


def test_a_token_is_a_jwt_that_others_can_read_and_that_holds_no_secret() -> None:
    assert jwt.get_unverified_header(TOKEN) == {"alg": "HS256", "typ": "JWT", "kid": SIGNER.id}
    said = jwt.decode(TOKEN, options={"verify_signature": False})
    assert said == {
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + QUARTER).timestamp()),
        "scope": "read send",
        "origins": [SELF, BOSS],
        "staff": "A0012",
        "hall": "H01",
    }


@settings(deadline=None)
@given(place=st.integers(0, len(TOKEN) - 1), char=st.sampled_from(ALPHABET))
def test_a_token_with_any_character_changed_is_refused(place: int, char: str) -> None:
    changed = TOKEN[:place] + char + TOKEN[place + 1 :]
    assert refused(changed) == (changed != TOKEN)


def test_no_other_spelling_of_the_last_character_is_taken() -> None:
    """It has two bits that no byte of the signature holds, so four spellings decode alike."""
    others = [TOKEN[:-1] + char for char in ALPHABET if char not in (TOKEN[-1], ".")]
    decoded = [base64.urlsafe_b64decode(other.rpartition(".")[2] + "=") for other in others]
    ours = base64.urlsafe_b64decode(TOKEN.rpartition(".")[2] + "=")
    assert decoded.count(ours) == 3
    assert all(refused(other) for other in others)


@settings(deadline=None)
@given(cut=st.integers(0, len(TOKEN) - 1))
def test_a_piece_of_a_token_is_refused(cut: int) -> None:
    assert refused(TOKEN[:cut])
    if cut:
        assert refused(TOKEN[cut:])


@settings(deadline=None)
@given(offered=st.text(max_size=200))
def test_no_text_is_taken_for_a_token(offered: str) -> None:
    assert refused(offered)
    assert refused(f"{TOKEN}{offered}") == (offered != "")


@settings(deadline=None)
@given(
    header=st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "b64", "crit", "jku"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.text()),
    ),
    payload=st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5),
)
def test_nothing_that_is_made_up_breaks_the_reading(
    header: dict[str, object], payload: object
) -> None:
    assert refused(forged(header, payload))


@pytest.mark.parametrize("algorithm", ["none", "None", "HS384", "HS512", "RS256", ""])
def test_no_other_algorithm_is_taken(algorithm: str) -> None:
    payload = jwt.decode(TOKEN, options={"verify_signature": False})
    assert refused(forged({"alg": algorithm, "kid": SIGNER.id}, payload))
    unsigned = jwt.encode(payload, "", "none", {"kid": SIGNER.id})
    for token in (unsigned, unsigned + "A" * 43, unsigned + TOKEN.rpartition(".")[2]):
        assert refused(token)


def test_a_deeply_nested_header_is_refused_like_any_other() -> None:
    header = base64.urlsafe_b64encode(b'{"a":' + b"[" * 2900).decode().rstrip("=")
    token = f"{header}.e30.{'A' * 43}"
    assert len(token) < 4096
    assert refused(token)


def test_a_token_that_names_another_key_is_refused() -> None:
    other = signer_of(KeyScope.ADMINISTER)
    payload = jwt.decode(TOKEN, options={"verify_signature": False})
    assert refused(TOKEN, other)
    assert refused(TOKEN, None)  # the key was revoked
    # signed by a key that its holder has, and said to be of another
    whose = Signer(SIGNER.id, other.caller, other.digest)
    assert refused(sign(claims(), whose, Purpose.PAGE))
    # signed by what is stored instead of by what is derived from it
    assert refused(jwt.encode(payload, bytes.fromhex(SIGNER.digest), "HS256", {"kid": SIGNER.id}))


def test_a_token_is_good_for_its_purpose_alone() -> None:
    session = sign(claims(), SIGNER, Purpose.SESSION)
    assert read(session, SIGNER, Purpose.SESSION, NOW) == claims()
    with pytest.raises(TokenInvalid):
        read(session, SIGNER, Purpose.PAGE, NOW)
    with pytest.raises(TokenInvalid):
        read(TOKEN, SIGNER, Purpose.SESSION, NOW)


def test_a_token_holds_until_it_expires_and_some_seconds_for_clocks_that_differ() -> None:
    for moment in (NOW - 5 * SECOND, NOW, NOW + QUARTER, NOW + QUARTER + 4 * SECOND):
        assert read(TOKEN, SIGNER, Purpose.PAGE, moment) == claims()
    for moment in (NOW + QUARTER + 5 * SECOND, NOW + dt.timedelta(days=400)):
        with pytest.raises(TokenExpired, match=r"重新签发（POST /v1/tokens）"):
            read(TOKEN, SIGNER, Purpose.PAGE, moment)
    with pytest.raises(TokenInvalid):  # made in the future
        read(TOKEN, SIGNER, Purpose.PAGE, NOW - 6 * SECOND)


def test_an_expired_token_that_was_changed_is_not_told_that_it_expired() -> None:
    changed = TOKEN[:-2] + ("A" if TOKEN[-2] != "A" else "B") + TOKEN[-1]
    with pytest.raises(TokenInvalid):
        read(changed, SIGNER, Purpose.PAGE, NOW + dt.timedelta(days=1))


@pytest.mark.parametrize(
    "changed",
    [
        {"scopes": frozenset()},
        {"scopes": frozenset({KeyScope.ADMINISTER})},
        {"scopes": frozenset(KeyScope)},
        {"origins": ()},
        {"expires_at": NOW},
        {"expires_at": NOW - SECOND},
        {"expires_at": NOW + LONGEST + SECOND},
        {"staff": "王小明"},
        {"staff": "a b"},
        {"hall": "x" * 65},
        {"hall": "H01\n"},
    ],
)
def test_there_is_no_token_that_says_what_none_may_say(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"token|staff"):
        claims(**changed)


def test_even_one_that_is_rightly_signed_may_not_say_it() -> None:
    """What an earlier or later program signs with the same key is judged by this one."""
    payload = jwt.decode(TOKEN, options={"verify_signature": False})
    header = {"kid": SIGNER.id}
    secret = hmac.digest(bytes.fromhex(SIGNER.digest), Purpose.PAGE.encode() + b"\x01", "sha256")
    assert not refused(jwt.encode(payload, secret, "HS256", header))
    changes: dict[str, list[object]] = {
        "scope": ["administer", "read administer", "", "all", 5, None],
        "exp": [payload["iat"] + 43_201, "x", None, 1e300, -1],
        "origins": [[], None, 5],
        "staff": ["<script>", ["a b"], "x" * 65],
    }
    for name, values in changes.items():
        for value in values:
            changed = jwt.encode({**payload, name: value}, secret, "HS256", header)
            assert refused(changed), (name, value)
    for missing in payload:
        rest = {name: value for name, value in payload.items() if name != missing}
        assert refused(jwt.encode(rest, secret, "HS256", header)), missing


def test_who_shows_a_token_may_never_do_more_than_its_key() -> None:
    reader = signer_of(KeyScope.READ)
    caller = claims().caller(reader, Purpose.PAGE)
    assert [scope for scope in KeyScope if caller.may(scope)] == [KeyScope.READ]
    assert (caller.id, caller.staff, caller.hall) == (reader.id, "A0012", "H01")
    assert (caller.bound, caller.shown, caller.expires_at) == (True, Shown.TOKEN, NOW + QUARTER)
    assert claims().caller(SIGNER, Purpose.SESSION).shown is Shown.SESSION
    assert not reader.caller.bound


def test_a_key_of_the_environment_signs_when_it_cannot_be_found_by_trying() -> None:
    first, second = (Signer.of_environment(letter * 24) for letter in "ab")
    assert first.id != second.id
    assert read(sign(claims(), first, Purpose.PAGE), first, Purpose.PAGE, NOW) == claims()
    assert refused(sign(claims(), first, Purpose.PAGE), second)
    short = Signer.of_environment("boss-2026")
    with pytest.raises(KeyTooShort, match="zhiku key create"):
        sign(claims(), short, Purpose.PAGE)


def test_no_secret_is_shown_by_what_signs() -> None:
    assert SIGNER.digest not in repr(SIGNER)
    assert SIGNER.digest not in repr(ApiKey(SIGNER.id, "x", frozenset(), SIGNER.digest, NOW))
