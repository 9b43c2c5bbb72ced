"""The API itself: a request in, an answer out; no socket, and no clock but the one it is given."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from seedream_cli import catalog
from seedream_cli.sandbox import accidents, downloads
from seedream_cli.sandbox.envelope import ApiError
from seedream_cli.sandbox.faults import Fault, Script, Sequence
from seedream_cli.sandbox.ledger import Ledger
from seedream_cli.sandbox.messages import Reply, Request, json_reply
from seedream_cli.sandbox.orders import Order, read_order
from seedream_cli.sandbox.pictures import Painter, Pictures, Recipe
from seedream_cli.sandbox.signing import Signer, read_ticket

GENERATIONS_PATH: Final = "/v1/images/generations"
NOTICE: Final = "stand-in pictures, nothing is billed"
_BUCKET_USD: Final = 100.0
_BUCKET_SECONDS: Final = 60
_SEEDS: Final = catalog.MAX_SEED + 1

_Handler = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Settings:
    """How the imitated account and service behave.

    Attributes:
        latency: seconds before a generation is answered.
        ttl: seconds that a picture's address lives.
        balance: US dollars on the account, or None for one that never goes down.
        concurrency: generation requests that may be in flight at once, or None for any number.
        script: what shall go wrong.
    """

    latency: float = 0.0
    ttl: float = float(catalog.URL_LIFETIME_SECONDS)
    balance: float | None = None
    concurrency: int | None = None
    script: Script = field(default_factory=Script)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the service takes from the world around it.

    Attributes:
        clock: gives Unix time in seconds.
        pause: waits for that many seconds, or less where the server stops.
        load_painter: gives what paints; called for every picture, so that it may import late.
        new_id: gives an id for a picture that nobody can guess.
        new_seed: gives a seed, 0 to 4294967295.
        secret: signs the addresses.
    """

    clock: Callable[[], float]
    pause: Callable[[float], object]
    load_painter: Callable[[], Painter]
    new_id: Callable[[], str]
    new_seed: Callable[[], int]
    secret: bytes


class Service:
    """Answers requests; may be called from many threads at once."""

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        self.ledger = Ledger(settings.balance)
        self._settings = settings
        self._world = surroundings
        self._pictures = Pictures(surroundings.load_painter)
        self._signer = Signer(surroundings.secret)
        self._generation_faults = Sequence(settings.script.generations)
        self._download_faults = Sequence(settings.script.downloads)
        self._routes: Mapping[str, Mapping[str, _Handler]] = {
            GENERATIONS_PATH: {"POST": self._generate},
            "/v1/models": {"GET": self._models},
            "/api/v1/me/account": {"GET": self._account},
            "/sandbox/ledger": {"GET": self._show_ledger},
        }

    def answer(self, request: Request) -> Reply:
        """Answer one request; refusals are answers too."""
        try:
            reply = self._route(request)
        except ApiError as refusal:
            return self.refuse(refusal)
        except Exception as error:  # noqa: BLE001 (silence would look like an answer that got lost)
            return self.refuse(ApiError(500, message=f"The sandbox itself failed: {type(error).__name__}."))
        return self._completed(reply)

    def refuse(self, refusal: ApiError) -> Reply:
        """Return the answer that a refusal is."""
        headers = {"Content-Type": "application/json", **refusal.headers}
        return self._completed(Reply(refusal.status, headers, refusal.body()))

    def _completed(self, reply: Reply) -> Reply:
        now = self._world.clock()
        usual = {
            "X-Sandbox": NOTICE,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "X-RateLimit-Limit": f"{_BUCKET_USD:.6f}",
            "X-RateLimit-Remaining": f"{_BUCKET_USD:.6f}",
            "X-RateLimit-Reset": str(math.ceil(now) + _BUCKET_SECONDS),
            "X-Quota-Remaining-Credits": f"{self.ledger.available_usd:.6f}",
        }
        return replace(reply, headers={**usual, **reply.headers})

    def _route(self, request: Request) -> Reply:
        if request.path.startswith("/img/"):
            handlers: Mapping[str, _Handler] | None = {"GET": self._download, "HEAD": self._download}
        else:
            handlers = self._routes.get(request.path)
        if handlers is None:
            raise ApiError(404)
        handler = handlers.get(request.method)
        if handler is None:
            raise ApiError(405, headers={"Allow": ", ".join(handlers)})
        return handler(request)

    def _models(self, request: Request) -> Reply:
        _require_key(request)
        models = [{"id": model.id, "object": "model", "created": 0, "owned_by": "sandbox"} for model in catalog.MODELS]
        return json_reply({"object": "list", "data": models})

    def _account(self, request: Request) -> Reply:
        _require_key(request)
        return json_reply({"balance": {"available_usd": self.ledger.available_usd}, "sandbox": True})

    def _show_ledger(self, _request: Request) -> Reply:
        return json_reply(self.ledger.as_json())

    def _generate(self, request: Request) -> Reply:
        order: Order | None = None
        fault: Fault | None = None
        try:
            _require_key(request)
            order = self._seeded(read_order(request.body))
            with self.ledger.flight(self._settings.concurrency):
                fault = self._generation_faults.deal()
                self._world.pause(self._settings.latency)
                return self._outcome(order, fault, request.header("host"))
        except ApiError as refusal:
            self.ledger.note(order, time=self._world.clock(), status=refusal.status, fault=_name(fault))
            raise

    def _seeded(self, order: Order) -> Order:
        return order if order.seed is not None else replace(order, seed=self._world.new_seed())

    def _outcome(self, order: Order, fault: Fault, host: str) -> Reply:
        if fault.bills:
            return self._billed(order, fault, host)
        reply = (
            accidents.status_reply(fault, now=self._world.clock())
            or accidents.lost_answer(fault)
            or accidents.redirect(fault, 307)
        )
        self.ledger.note(order, time=self._world.clock(), status=reply.status or None, fault=fault.name)
        return reply

    def _billed(self, order: Order, fault: Fault, host: str) -> Reply:
        if fault.name == "b64":
            order = replace(order, response_format="b64_json")
        reply = accidents.lost_answer(fault)
        if reply is None:
            reply = accidents.spoil_answer(fault, self._payload(order, host))
        self.ledger.bill(order, time=self._world.clock(), status=reply.status or None, fault=_name(fault))
        return reply

    def _payload(self, order: Order, host: str) -> accidents.Payload:
        now = self._world.clock()
        item = self._embedded if order.response_format == "b64_json" else self._addressed
        data = [item(recipe, now, host) for recipe in self._recipes(order, now)]
        return {"created": int(now), "data": data}

    def _recipes(self, order: Order, now: float) -> Iterator[Recipe]:
        for index in range(order.n):
            yield Recipe(
                prompt=order.prompt,
                negative_prompt=order.negative_prompt,
                seed=((order.seed or 0) + index) % _SEEDS,
                width=order.width,
                height=order.height,
                model=order.model.id,
                expires=now + self._settings.ttl,
            )

    def _embedded(self, recipe: Recipe, _now: float, _host: str) -> accidents.Payload:
        picture = base64.b64encode(self._pictures.paint(recipe)).decode("ascii")
        return {"b64_json": picture, "revised_prompt": recipe.prompt}

    def _addressed(self, recipe: Recipe, now: float, host: str) -> accidents.Payload:
        picture = self._world.new_id()
        self._pictures.keep(picture, recipe, now=now)
        # Under the name by which the client reached this server: localhost need not be 127.0.0.1 to it.
        address = f"http://{host}{self._signer.target(picture, math.ceil(recipe.expires))}"
        return {"url": address, "revised_prompt": recipe.prompt}

    def _download(self, request: Request) -> Reply:
        picture, recipe = self._admitted(request)
        if request.method == "HEAD":
            return downloads.picture_reply(self._pictures.png(picture, recipe), request)
        fault = self._download_faults.deal()
        reply = accidents.status_reply(fault, now=self._world.clock()) or accidents.lost_answer(fault)
        if reply is not None:
            return reply
        reply = downloads.picture_reply(self._pictures.png(picture, recipe), request)
        if fault.name == "ok":
            self.ledger.count_download()
        return accidents.spoil_picture(fault, reply)

    def _admitted(self, request: Request) -> tuple[str, Recipe]:
        ticket = read_ticket(request.path, request.query)
        if ticket is None:
            raise ApiError(404)
        recipe = self._pictures.find(ticket.picture)
        now = self._world.clock()
        genuine = self._signer.is_genuine(ticket)
        if genuine and _is_over(ticket.expires, recipe, now):
            raise ApiError(403, message="This address has expired.")
        if recipe is None:
            raise ApiError(404, message="There is no such picture.")
        if not genuine:
            raise ApiError(403, message="This address was not signed here.")
        return ticket.picture, recipe


def _require_key(request: Request) -> None:
    # Looked at and forgotten: a real key may have been sent here by mistake.
    key = request.headers.get("x-api-key")
    if key is None:
        scheme, _, key = request.header("authorization").partition(" ")
        if scheme.lower() != "bearer":
            raise ApiError(401)
    if not key.strip():
        raise ApiError(401)


def _is_over(expires: str | None, recipe: Recipe | None, now: float) -> bool:
    # The address carries whole seconds, rounded up; the recipe knows the moment.
    moment = recipe.expires if recipe is not None else float(expires or 0)
    return now >= moment


def _name(fault: Fault | None) -> str | None:
    return None if fault is None or fault.name == "ok" else fault.name
