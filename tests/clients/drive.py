"""Creates, checks and lists payments with the client that openapi-python-client generated from the contract."""

import os
import sys

import httpx

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "generated"))

from tophamyon import Client
from tophamyon.api.merchant import check_payment, check_shop, create_payment, get_payments
from tophamyon.models import (
    CreatedPaymentAnswer,
    Failure,
    GatewayError,
    Mode,
    PaymentAnswer,
    PaymentsAnswer,
    ShopAnswer,
    Status,
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

print("The client that openapi-python-client generated works.")
