"""The model browser: the models of a chain, on which terms they are licensed, and how to buy."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from dml_sdk.arguments import id_of
from dml_sdk.chain.client.calls import Call
from dml_sdk.chain.telling import pool_asset
from dml_sdk.errors import DMLError, UsageError
from dml_sdk.licence import Licence
from dml_sdk.licences import Licences
from dml_sdk.locations import Document
from dml_sdk.measures import USAGES, Number, Usage
from dml_sdk.model import Model
from dml_sdk.session import Session
from dml_sdk.texts import read_text
from dml_sdk.types import Amount, Receipt
from dml_sdk.untrusted import csv_of, text_of, visible
from dml_sdk.widgets import browser
from dml_sdk.widgets.actions import Action, Argument
from dml_sdk.widgets.model_browser.catalogue import Catalogue, Entry
from dml_sdk.widgets.model_browser.licence_preview import payment_told
from dml_sdk.widgets.model_browser.lineage import MOST_NODES, Histories
from dml_sdk.widgets.model_browser.picture import models_html
from dml_sdk.widgets.model_browser.query import PAGE, Query, Sort, read_query
from dml_sdk.widgets.model_browser.snapshot import card_plain, next_change, opened_plain
from dml_sdk.widgets.panel import Panel
from dml_sdk.widgets.wording import exact

if TYPE_CHECKING:
    from dml_sdk.chain.previews import Preview

_log = logging.getLogger(__name__)
_SHOWN_TEXT = 20_000
_CSV_HEADER = (
    "id", "guid", "name", "licence", "owner", "usage", "price", "asset", "duration_ms", "sold_to",
    "maximum", "jurisdiction",
)  # fmt: skip


class ModelBrowser(Panel):
    """A widget on the models of a chain: as cards, to look through, and to buy licences of.

    It reads listings of all models, and everything else of the page that is shown alone, so that it
    stays quick with hundreds of them. A card opens to the model's lineage, what is sold of it, and
    what the session's signer holds: to buy, renew, pass on, and to name the key that sealed weights
    are opened with. The browser half is `widgets/model_browser/panel.js`.

    Args:
        session: its signer buys.
        text: only models each of its words is found in: in name or licence, at the beginning of the
            GUID or the owner's address, or as "#3" for an id.
        usage: only what is sold for this usage.
        max_price: only what costs this much at most, in whole tokens of whatever asset it is in.
        may_download: only what the signer may have the weights of.
        sort: "newest", "oldest", "name", "price", "pool" or "holders".
        model: a Model, or its id, that is open to begin with.

    Attributes:
        session: the same.
        query: what is looked for now.
        receipt: of the last action that succeeded here, or None.

    Raises:
        UsageError: no session, or something else than these filters.
        UnknownModel: there is no such model.
        MissingExtra: ipywidgets or anywidget is not installed.
    """

    _esm = browser.module("model_browser/panel")
    _css = browser.styles("model-browser", "frame", "panel", "model_browser/panel")
    noun = "Models on"
    csv_name: ClassVar[str] = "models.csv"

    found = traitlets.Dict().tag(sync=True)
    opened = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        session: Session,
        *,
        text: str = "",
        usage: Usage | None = None,
        max_price: Number | None = None,
        may_download: bool = False,
        sort: Sort = "newest",
        model: Model | int | None = None,
    ) -> None:
        if not isinstance(session, Session):
            raise UsageError(
                "ModelBrowser shows the models of a Session, which dml.connect() gives; it was "
                f"given {type(session).__name__}."
            )
        self.query = Query(text, usage, max_price, may_download, sort)
        if model is not None:
            model = session.models.get(id_of(model, "model", session.chain.identity)).id
        self._model: int | None = model
        self._catalogue = Catalogue(session)
        self._histories = Histories(session.chain)
        self._sealed: dict[str, bool | None] = {}
        self._told: tuple[Query, int | None, bool | None] | None = None
        self._read: dict[str, Any] = {}
        super().__init__(session)
        self.refresh()  # for what was asked of the store before anybody listened

    def title(self) -> str:
        """The chain's name."""
        return self.session.chain.name

    def read(self) -> Mapping[str, Any]:
        """The page of what is looked for, and all of the model that is open."""
        changed = self._catalogue.follow()
        if self._model is not None and self._catalogue.entry(self._model) is None:
            self._model = None  # the chain was rewound to before it
        query, model = self.query, self._model
        entry = None if model is None else self._catalogue.entry(model)
        asked = query, model, self._is_sealed(entry) if entry else None
        if not changed and asked == self._told:
            return {}
        self._told = None  # until all of it could be read
        self._histories.follow()
        found = self._catalogue.find(query)
        cards = [card for each in found.entries if (card := self._card(each)) is not None]
        opened: dict[str, Any] = {}
        if entry is not None and (card := self._card(entry)) is not None:
            versions = int(entry.record["versions"])
            history = self._histories.of(entry.id, versions, MOST_NODES, waiting=True)
            opened = {
                "card": card,
                **opened_plain(self.session, entry, history, asked[2]),
            }
        self._catalogue.changes_at(next_change([*cards, opened["card"]] if opened else cards))
        self._told = asked
        self._read = {
            "found": {
                "cards": cards,
                "first": found.first,
                "total": found.total,
                "among": found.among,
                "page": PAGE,
                "query": query.plain(),
            },
            "opened": opened,
        }
        return self._read

    def _card(self, entry: Entry) -> dict[str, Any] | None:
        """What a card says; None of a model whose records make that impossible."""
        try:
            history = self._histories.of(entry.id, int(entry.record["versions"]))
            return card_plain(self.session, entry, self._catalogue, history)
        except DMLError:
            raise
        except Exception:  # noqa: BLE001  # one model's records may not hide all others
            _log.exception("model %d cannot be shown", entry.id)
            return None

    def _is_sealed(self, entry: Entry) -> bool | None:
        """Whether a model's weights are encrypted; None until the store has told, or cannot."""
        described = str(entry.record["metadata_hash"])
        if described not in self._sealed:
            self._sealed[described] = None

            def ask() -> None:
                try:
                    self._sealed[described] = Model(self.session, entry.id).sealed
                except DMLError:
                    return
                self.refresh()

            self._worker.preview(f"sealed/{described}", ask)
        return self._sealed[described]

    def picture_html(self) -> str:
        """The last state, for a saved notebook."""
        return models_html(self.head, self.found, self.opened, self.outcome.get("receipt"))

    def csv(self) -> str:
        """All that is looked for, a line for each usage that is sold; amounts in whole tokens."""
        rows: list[Sequence[object]] = [_CSV_HEADER]
        for entry in self._catalogue.all(self.query):
            record = entry.record
            name, licence = (text_of(record[told]) for told in ("name", "licence"))
            about = [entry.id, entry.guid, name, licence, record["owner"]]
            for usage, told in entry.offers.items():
                sold = self.session.chain.get("Licences", "Sold", entry.id, usage.capitalize())
                rows.append(
                    [*about, usage, exact(Amount(told["price"], entry.asset)), entry.asset.label,
                     told["duration_ms"], sold, told["maximum"], told["jurisdiction"]]
                )  # fmt: skip
            if not entry.offers:
                rows.append(about)
        return csv_of(rows)

    # --- what the page asks beside actions --------------------------------------------------------

    def _asked(self, widget: object, message: object, buffers: object) -> None:
        match message:
            case {"do": "find", "query": given}:
                if (query := read_query(given)) is not None:
                    self.query = query
                    self.refresh()
            case {"do": "open", "model": int(model)} if not isinstance(model, bool):
                if self._catalogue.entry(model) is not None:
                    self._model = model
                    self.refresh()
            case {"do": "shut"}:
                self._model = None
                self.refresh()
            case {"do": "terms", "usage": str(usage)} if usage in USAGES:
                self._worker.preview("terms", lambda: self._tell_terms(usage))
            case _:
                super()._asked(widget, message, buffers)

    def _tell_terms(self, usage: str) -> None:
        """Sends the text of an offer's own terms, as the store has it."""
        model = self._model
        entry = None if model is None else self._catalogue.entry(model)
        told = (
            next((t for name, t in entry.offers.items() if name == usage), None) if entry else None
        )
        if told is None or not told["text"]:
            return
        try:
            text = read_text(self.session.store, Document.decoded(told["text"]))
        except DMLError as e:
            said = {"error": str(e)}
        else:
            more = len(text) > _SHOWN_TEXT
            shown = visible(text[:_SHOWN_TEXT], lines=True)
            said = {"text": shown + ("…" if more else "")}
        self.send({"terms": {"model": model, "usage": usage, **said}})

    # --- what can be done -------------------------------------------------------------------------

    def actions(self) -> Sequence[Action]:
        """What `model.licences` and a licence do: buy, renew, pass on, name the key, give up."""
        price, licence = Argument("amount"), Argument("whole")
        return (
            Action(
                "buy",
                run=self._buy,
                call=self._buy_call,
                arguments={
                    "model": Argument("whole"),
                    "usage": Argument("choice", options=USAGES),
                    "max_price": price,
                },
                tells=self._paid,
                refused=self._no_buy,
            ),
            Action(
                "renew",
                run=lambda licence, max_price: Licence(self.session, licence).renew(max_price),
                call=self._renew_call,
                arguments={"licence": licence, "max_price": price},
                tells=self._paid,
                refused=self._no_licence,
            ),
            Action(
                "transfer",
                run=lambda licence, to: Licence(self.session, licence).transfer(to),
                call=lambda licence, to: self._call("transfer", licence=licence, to=to),
                arguments={"licence": licence, "to": Argument("address")},
                effects=lambda licence, to: [
                    "you hold it no more; nothing is paid back",
                    "who gets it names a key of their own",
                ],
                refused=self._no_licence,
            ),
            Action(
                "name_key",
                run=lambda licence: Licence(self.session, licence).name_key(),
                call=lambda licence: self._call(
                    "set_encryption_key",
                    licence=licence,
                    encryption_key="0x" + self.session.signer.sealing_key.hex(),
                ),
                arguments={"licence": licence},
                effects=lambda licence: [
                    "the keys of sealed weights are delivered to your sealing key from now on"
                ],
                refused=self._no_licence,
            ),
            Action(
                "resign",
                run=lambda licence: Licence(self.session, licence).resign(),
                call=lambda licence: self._call("resign", licence=licence),
                arguments={"licence": licence},
                effects=lambda licence: [
                    "you hold it no more; nothing is paid back",
                    "you can buy one of the same usage",
                ],
                refused=self._no_licence,
            ),
        )

    def _buy(self, model: int, usage: Usage, max_price: str) -> Receipt:
        receipt = Licences(self.session, model).buy(usage, max_price).receipt
        assert receipt is not None, "a purchase has one"  # noqa: S101
        return receipt

    def _buy_call(self, model: int, usage: Usage, max_price: str) -> Call:
        return Licences(self.session, model).buy_call(usage, max_price)

    def _renew_call(self, licence: int, max_price: str) -> Call:
        model = Licence(self.session, licence).model_id
        most = pool_asset(self.session.chain, model).amount(max_price).planck
        return self._call("renew", licence=licence, max_price=most)

    def _call(self, function: str, **arguments: Any) -> Call:
        return self.session.chain.call("Licences", function, **arguments)

    def _paid(self, told: Preview) -> Sequence[str]:
        return payment_told(self.session, told)

    # --- why something can't be done, by what the chain last told ---------------------------------

    def _no_buy(self) -> str:
        opened = self._read["opened"]
        if not opened:
            return "Open a model first."
        card = opened["card"]
        if card["offers"]:
            return ""
        return (
            f"No licence of it is sold; its weights are open to everybody, as {card['licence']}."
            if card["may_download"]
            else "No licence of it is sold."
        )

    def _no_licence(self) -> str:
        opened = self._read["opened"]
        if not opened:
            return "Open a model first."
        return "" if opened["licences"] else "You hold no licence of it."
