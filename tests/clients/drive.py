"""Creates, checks and lists payments with the client that openapi-python-client generated from the contract, and verifies
webhooks with the package `standardwebhooks`."""

import http.server
import json
import os
import queue
import sys
import threading

import httpx
from standardwebhooks import Webhook, WebhookVerificationError

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "generated"))

from tophamyon import Client
from tophamyon.api.merchant import check_payment, check_shop, create_payment, get_payments
from tophamyon.api.webhooks import delete_webhook, set_webhook, test_webhook
from tophamyon.models import (
    CreatedPaymentAnswer,
    Failure,
    GatewayError,
    Mode,
    PaymentAnswer,
    PaymentsAnswer,
    ShopAnswer,
    Status,
    WebhookAnswer,
    WebhookTestAnswer,
)

client = Client(base_url=os.environ["TOPHAMYON_URL"], raise_on_unexpected_status=True)
keys = {"x_shop_id": "101", "x_shop_key": "test_key_123"}

shop = check_shop.sync(client=client, **keys)
assert isinstance(shop, ShopAnswer) and shop.valid, shop

# Generated clients send an empty text for an empty form field.
created = create_payment.sync(client=client, amount="1000.00", description="", **keys)
assert isinstance(created, CreatedPaymentAnswer) and created.mode is Mode.TEST, created

checked = check_payment.sync(client=client, order_id=created.order_id)
assert isinstance(checked, PaymentAnswer), checked
assert checked.status is Status.PENDING and checked.amount == 1000, checked
assert checked.expires_at_iso > checked.created_at_iso, checked

first = get_payments.sync(client=client, limit=1, **keys)
assert isinstance(first, PaymentsAnswer) and first.count == 1, first
second = get_payments.sync(client=client, limit=1, cursor=first.next_cursor, **keys)
assert isinstance(second, PaymentsAnswer), second

wrong = create_payment.sync(client=client, amount="1000.00", x_shop_id="101", x_shop_key="wrong")
assert wrong.error_code == "invalid_shop_key", wrong


class Receiver(http.server.BaseHTTPRequestHandler):
    """Accepts everything and keeps it."""

    arrived = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.arrived.put((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def verified(secret):
    """Returns the next webhook, and refuses it with a changed byte."""
    headers, body = Receiver.arrived.get(timeout=30)
    try:
        Webhook(secret).verify(body.replace(b"E", b"F", 1), headers)
    except WebhookVerificationError:
        return Webhook(secret).verify(body, headers)
    raise AssertionError("a changed byte was accepted")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
# The other client tests the webhook of shop 101.
keys = {"x_shop_id": "102", "x_shop_key": "test_key_456"}
webhook = set_webhook.sync(client=client, url_query=f"http://localhost:{server.server_port}/webhook", **keys)
assert isinstance(webhook, WebhookAnswer), webhook
tested = test_webhook.sync(client=client, **keys)
assert isinstance(tested, WebhookTestAnswer) and tested.http_status == 204, tested
event = verified(webhook.secret)
assert (event["type"], event["id"], event["data"]) == ("webhook.test", tested.event_id, {}), event

created = create_payment.sync(client=client, amount="1000.00", **keys)
httpx.post(f"{os.environ['TOPHAMYON_URL']}/pay/{created.order_id}/test")
event = verified(webhook.secret)
assert (event["type"], event["data"]["order_id"]) == ("payment.paid", created.order_id), json.dumps(event)
delete_webhook.sync(client=client, **keys)


class Gateway(httpx.BaseTransport):
    """Answers every request with a failure that the local stack cannot produce."""

    def __init__(self, status, body):
        self.response = httpx.Response(status, json=body)

    def handle_request(self, request):
        return self.response


def fail(status, body):
    failing = Client(base_url="http://localhost", httpx_args={"transport": Gateway(status, body)})
    return create_payment.sync(client=failing, amount="1000.00", **keys)


ours = {"success": False, "error": "Internal error", "error_code": "internal_error", "request_id": "1"}
assert isinstance(fail(500, ours), Failure)
for status in (429, 500, 503):
    assert isinstance(fail(status, {"message": "Service Unavailable"}), GatewayError), status

print("The webhooks are those of Standard Webhooks. The client that openapi-python-client generated works.")
