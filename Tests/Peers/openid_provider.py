"""An OpenID provider on loopback, made of Authlib: authorization codes bound to PKCE challenges, signed ID tokens, a key
set and profiles. Whoever is in `person` signs in without being asked."""

import threading
import time

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "bird", "bird-secret-123"


class Client(ClientMixin):
    """One application that may ask for everything."""

    def __init__(self, method):
        self.method = method

    def get_client_id(self):
        return CLIENT

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope or ""

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri.startswith(("http://127.0.0.1", "http://localhost"))

    def check_client_secret(self, client_secret):
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.method

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


class Code(AuthorizationCodeMixin):
    def __init__(self, **values):
        self.__dict__.update(values)

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return self.auth_time

    def get_acr(self):
        return None

    def get_amr(self):
        return None


class Token(TokenMixin):
    def __init__(self, person, scope):
        self.person, self.scope, self.end = person, scope, time.time() + 600

    def check_client(self, client):
        return True

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return 600

    def is_expired(self):
        return time.time() > self.end

    def is_revoked(self):
        return False

    def get_user(self):
        return self.person


class Provider:
    def __init__(self, method="client_secret_basic", algorithm="RS256"):
        self.person = {"sub": "p1", "name": "Ada Finch", "preferred_username": "ada", "email": "ada@example.com",
                       "email_verified": True, "picture": "https://cdn.example/ada.png"}
        self.claims, self.requests, self.codes, self.tokens = {}, [], {}, {}
        self.algorithm, self.client = algorithm, Client(method)
        self.app = Flask("provider")
        # One port serves plain HTTP; the library wants to hear that this is meant.
        import os
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
        self.turn_key("k1")
        self._build()
        self.http = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()

    def turn_key(self, kid):
        kind, size = {"EdDSA": (OKPKey, "Ed25519"), "ES256": (ECKey, "P-256"), "ES384": (ECKey, "P-384"),
                      "ES512": (ECKey, "P-521")}.get(self.algorithm, (RSAKey, 2048))
        self.key = kind.generate_key(size, {"kid": kid, "alg": self.algorithm, "use": "sig"})

    def entry(self, **changes):
        """The provider's entry in a collection's options."""
        return {"name": "oidc", "clientId": CLIENT, "clientSecret": SECRET, "authURL": self.url + "/authorize",
                "tokenURL": self.url + "/token", "userInfoURL": self.url + "/userinfo", **changes}

    def id_token_entry(self, **changes):
        extra = {"jwksURL": self.url + "/keys", "issuers": [self.url]}
        return self.entry(**{"userInfoURL": "", "extra": extra, **changes})

    def _build(self):
        provider = self

        class CodeGrant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

            def save_authorization_code(self, code, request):
                payload = request.payload
                provider.codes[code] = Code(
                    code=code, redirect_uri=payload.redirect_uri, scope=payload.scope, user=request.user,
                    nonce=payload.data.get("nonce"), auth_time=int(time.time()),
                    code_challenge=payload.data.get("code_challenge"),
                    code_challenge_method=payload.data.get("code_challenge_method"))

            def query_authorization_code(self, code, client):
                return provider.codes.get(code)

            def delete_authorization_code(self, authorization_code):
                provider.codes.pop(authorization_code.code, None)

            def authenticate_user(self, authorization_code):
                return authorization_code.user

        class OpenID(OpenIDCode):
            def exists_nonce(self, nonce, request):
                return False

            def get_jwt_config(self, grant, client=None):
                return {"key": provider.key, "alg": provider.algorithm, "iss": provider.url, "exp": 600, "kid": provider.key.kid}

            def get_client_claims(self, client):
                return {}

            def resolve_client_private_key(self, client):
                return provider.key

            def get_client_algorithm(self, client):
                return provider.algorithm

            def generate_user_info(self, user, scope):
                return UserInfo(**{"iss": provider.url, **user, **provider.claims})

        def save_token(token, request):
            provider.tokens[token["access_token"]] = Token(request.user, token.get("scope", ""))

        server = AuthorizationServer(self.app, query_client=lambda name: self.client if name == CLIENT else None,
                                     save_token=save_token)
        server.register_grant(CodeGrant, [OpenID(require_nonce=False), CodeChallenge(required=True)])

        class Validator(BearerTokenValidator):
            def authenticate_token(self, token_string):
                return provider.tokens.get(token_string)

        protect = ResourceProtector()
        protect.register_token_validator(Validator())

        @self.app.get("/authorize")
        def authorize():
            grant = server.get_consent_grant(end_user=self.person)
            return server.create_authorization_response(grant_user=dict(self.person), grant=grant)

        @self.app.post("/token")
        def token():
            self.requests.append({"authorization": request.headers.get("authorization"), "form": request.form.to_dict()})
            return server.create_token_response()

        @self.app.get("/userinfo")
        @protect("profile")
        def userinfo():
            return jsonify({**current_token.get_user(), **self.claims})

        @self.app.get("/keys")
        def keys():
            self.requests.append({"keys": True})
            return jsonify(KeySet([self.key]).as_dict(private=False))
