#!/usr/bin/env python3
"""Replay every event in this folder with `cargo lambda invoke` and check the answers.

    events/replay.py --invoke-port 3000            against `cargo local`
    events/replay.py --invoke-port 9000            against `cargo lambda watch`
    events/replay.py --smoke --invoke-port 3000    only smoke.json: each event is refused before anything is written
    events/replay.py --smoke --stack NAME          smoke.json against the deployed functions NAME-*, with the AWS CLI
    events/replay.py --smoke --stack NAME --qualifier 7 payme        against version 7 of one function

It needs the test shops and the sample payments that `cargo local` puts into a new store. The replay changes them, so
replay once per store. The last line is `N passed, N failed`. The exit status is 1 if any failed.
"""

import argparse
import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

EVENTS = pathlib.Path(__file__).resolve().parent
INVOKE_SECONDS = 180  # the first call of a function under `cargo lambda watch` may build it

# The order matters: later functions change payments that earlier ones read.
FUNCTIONS = """check_shop get_balance create_payment check_payment get_payment get_payments cancel_payment
    pay_page pay_status pay_test payme click_prepare click_complete get_events get_report export_events
    set_webhook get_webhook test_webhook get_deliveries rotate_webhook_secret resend_event delete_webhook webhook_relay webhook_retry docs cabinet operator audit""".split()
OPERATOR_CASES = """help seed_test_shops list_shops show_shop rename_shop rotate_key disable_shop enable_shop set_rate_limit
    create_shop set_fee set_contact show_payment list_payments settle_payment refund_payment cancel_payment adjust_balance
    record_payout reverse_payout list_payouts list_events report compare_statement audit repair""".split()

# Functions that are invoked directly, without API Gateway.
INVOKED = ("operator", "audit", "webhook_relay", "webhook_retry")

# The error that each case must get. A case that begins with `success` must succeed.
MERCHANT_ERRORS = {
    "wrong_key": "invalid_shop_key",
    "unknown_shop": "invalid_shop_key",
    "raw_query": "invalid_shop_key",
    "missing_key": "missing_parameter",
    "missing_shop": "missing_parameter",
    "missing_amount": "missing_parameter",
    "missing_order": "missing_parameter",
    "empty_key": "missing_parameter",
    "no_query": "missing_parameter",
    "doubled_key": "ambiguous_parameter",
    "doubled_header": "ambiguous_parameter",
    "doubled_amount": "ambiguous_parameter",
    "doubled_order": "ambiguous_parameter",
    "header_differs": "ambiguous_parameter",
    "two_idempotency_keys": "ambiguous_parameter",
    "no_name": "missing_parameter",
    "cursor_and_offset": "unsupported_combination",
    "offset_and_filter": "unsupported_combination",
    "two_names": "unsupported_combination",
    "amount_too_small": "amount_too_small",
    "amount_too_large": "amount_too_large",
    "invalid_amount": "invalid_amount",
    "long_description": "invalid_parameter",
    "insecure_return_url": "invalid_parameter",
    "expires_in_too_short": "invalid_parameter",
    "expires_in_too_long": "invalid_parameter",
    "unknown_status": "invalid_parameter",
    "no_such_day": "invalid_parameter",
    "reversed_days": "invalid_parameter",
    "too_many_days": "invalid_parameter",
    "unknown_type": "invalid_parameter",
    "unknown_order_of_rows": "invalid_parameter",
    "unknown_format": "invalid_parameter",
    "missing_url": "missing_parameter",
    "nothing_chosen": "missing_parameter",
    "event_and_days": "unsupported_combination",
    "unknown_types": "invalid_parameter",
    "too_many_hours": "invalid_parameter",
    "insecure_url": "invalid_url",
    "own_url": "invalid_url",
    "address_of_a_machine": "invalid_url",
    "too_soon": "rate_limited",
    "unknown_event": "event_not_found",
    "malformed_event": "event_not_found",
    "prefetch": "prefetch_refused",
    "unknown_order": "order_not_found",
    "unknown_idempotency_key": "order_not_found",
    "unknown_merchant_order_id": "order_not_found",
    "malformed_order": "order_not_found",
    "other_timestamp": "order_not_found",
    "another_shops_order": "order_not_found",
    "limit_zero": "invalid_limit",
    "limit_too_large": "invalid_limit",
    "negative_offset": "invalid_offset",
    "invalid_cursor": "invalid_cursor",
}
PAYME_ERRORS = {
    "wrong_key": -32504,
    "no_credentials": -32504,
    "wrong_login": -32504,
    "not_post": -32300,
    "bad_json": -32700,
    "missing_params": -32600,
    "amount_as_text": -32600,
    "unknown_method": -32601,
    "wrong_amount": -31001,
    "unknown_transaction": -31003,
    "too_old": -31008,
    "unknown_order": -31050,
}
CLICK_PREPARE_ERRORS = {
    "wrong_sign": -1,
    "wrong_action": -3,
    "test_shop": -5,
    "unknown_order": -5,
    "malformed_order": -5,
    "no_content_type": -5,
    "missing_field": -8,
    "foreign_service": -8,
}
CLICK_COMPLETE_ERRORS = CLICK_PREPARE_ERRORS | {"cancelled_by_click": -5}
OPERATOR_ERRORS = {
    "unknown_command": "unknown_command",
    "unknown_field": "unknown_field",
    "unknown_shop": "shop_not_found",
}


def cases(function):
    """Return the event files of a function in the order to replay them."""
    files = sorted((EVENTS / function).glob("*.json"))
    if function == "operator":
        files.sort(key=lambda file: OPERATOR_CASES.index(file.stem) if file.stem in OPERATOR_CASES else len(OPERATOR_CASES))
    return files


def invoke(function, file, arguments):
    command = [
        "cargo", "lambda", "invoke", function, "--data-file", str(file), "--output-format", "json",
        "--invoke-address", arguments.invoke_address, "--invoke-port", str(arguments.invoke_port),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=INVOKE_SECONDS)
    if done.returncode != 0:
        raise ValueError(f"the function failed: {done.stderr.strip() or done.stdout.strip()}")
    return json.loads(done.stdout)


def invoke_directly(function, file, arguments):
    """Invoke without cargo-lambda: through the AWS CLI, or on a local port, where nothing is signed."""
    if arguments.stack:
        # fileb:// is read as it is by the versions 1 and 2 of the AWS CLI.
        command = ["aws", "lambda", "invoke", "--function-name", f"{arguments.stack}-{function}",
                   "--payload", f"fileb://{file}", "--output", "json", "--query", "FunctionError"]
        with tempfile.NamedTemporaryFile() as answer:
            if arguments.qualifier:
                command += ["--qualifier", arguments.qualifier]
            done = subprocess.run([*command, answer.name], capture_output=True, text=True, timeout=INVOKE_SECONDS)
            if done.returncode != 0 or done.stdout.strip() != "null":
                raise ValueError(f"the function failed: {done.stderr.strip() or done.stdout.strip()}")
            return json.load(answer)
    address = f"http://{arguments.invoke_address}:{arguments.invoke_port}/2015-03-31/functions/{function}/invocations"
    try:
        with urllib.request.urlopen(address, file.read_bytes(), INVOKE_SECONDS) as answer:
            if answer.headers.get("x-amz-function-error"):
                raise ValueError(f"the function failed: {answer.read()[:500]!r}")
            return json.load(answer)
    except urllib.error.URLError as problem:
        raise ValueError(f"the function cannot be invoked: {problem}") from problem


def shape(value):
    """Return the members of a value with their types. A bool stays: it says whether something succeeded."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(member) for member in value[:1]]
    return value if value is None or isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def shape_of(answer):
    """Return what callers rely on in an answer: status, type and the members of the body."""
    if "statusCode" not in answer:
        return shape(answer)
    kind = headers_of(answer).get("content-type", "")
    body = shape(json.loads(body_of(answer))) if kind.startswith("application/json") else None
    return {"statusCode": answer["statusCode"], "content-type": kind, "body": body}


def smoke(arguments):
    """Replay smoke.json. Return the number of functions that passed and failed."""
    passed = failed = 0
    for function, one in json.loads((EVENTS / "smoke.json").read_text()).items():
        if arguments.functions and function not in arguments.functions:
            continue
        answer = None
        try:
            answer = invoke_directly(function, EVENTS / function / one["event"], arguments)
            expect("the answer's shape", shape_of(answer), one["shape"])
            case = one["event"].removesuffix(".json")
            check(function, case if function in INVOKED else case.partition("_")[2], answer)
            passed += 1
        except (ValueError, KeyError, AttributeError, TypeError, subprocess.TimeoutExpired) as problem:
            failed += 1
            print(f"FAILED {function} {one['event']}: {problem}\n       {json.dumps(answer, ensure_ascii=False)[:500]}")
    return passed, failed


def expect(what, found, wanted):
    if found != wanted:
        raise ValueError(f"{what} is {found!r} instead of {wanted!r}")


def headers_of(answer):
    """Return the headers by lower-case name. An answer to a REST API event has its values in lists."""
    listed = {name: values[-1] for name, values in (answer.get("multiValueHeaders") or {}).items()}
    return {name.lower(): value for name, value in {**listed, **(answer.get("headers") or {})}.items()}


def body_of(answer):
    body = answer.get("body") or ""
    return base64.b64decode(body).decode() if answer.get("isBase64Encoded") else body


def check(function, case, answer):
    """Raise a ValueError if this answer is wrong. It says what is wrong."""
    succeeds = case.startswith("success")
    if function == "operator":
        expect("error_code", answer.get("error_code"), OPERATOR_ERRORS.get(case))
        return expect("success", answer.get("success"), case not in OPERATOR_ERRORS)
    if function == "webhook_relay":
        return expect("batchItemFailures", answer.get("batchItemFailures"), [])
    if function == "webhook_retry":
        return expect("success", answer.get("success"), True)
    if function == "audit":
        expect("success", answer.get("success"), True)
        return expect("pass.differences", answer["pass"]["differences"], 0)

    status, headers = answer["statusCode"], headers_of(answer)
    if function == "pay_page":
        expect("statusCode", status, 200 if succeeds else 404)
        if case.startswith("success_qr"):
            return expect("content-type", headers.get("content-type"), "image/svg+xml")
        return expect("content-type", headers.get("content-type"), "text/html; charset=utf-8")
    if function == "pay_test":
        return expect("statusCode", status, 303 if succeeds else 404)
    if function == "docs" and case.startswith("unknown"):
        expect("statusCode", status, 404)
        wanted = "application/json; charset=utf-8" if "endpoint" in case else "text/html; charset=utf-8"
        return expect("content-type", headers.get("content-type"), wanted)
    if function == "docs" and case.startswith("moved"):
        return expect("statusCode", status, 302)

    expect("statusCode", status, 200)
    if function == "cabinet":
        return expect("content-type", headers.get("content-type"), "text/html; charset=utf-8")
    if function == "docs":
        kinds = {"openapi": "application/json", "favicon": "image/svg+xml", "robots": "text/plain"}
        wanted = next((kind for name, kind in kinds.items() if name in case), "text/html")
        return expect("content-type", headers.get("content-type", "").split(";")[0], wanted)

    if function == "export_events" and succeeds:
        return expect("content-type", headers.get("content-type"), "text/csv; charset=utf-8")

    body = json.loads(body_of(answer))
    if function == "payme":
        expect("error.code", (body.get("error") or {}).get("code"), PAYME_ERRORS.get(case))
        return expect("a result is there", "result" in body, succeeds)
    if function == "click_prepare":
        return expect("error", body.get("error"), 0 if succeeds else CLICK_PREPARE_ERRORS.get(case))
    if function == "click_complete":
        return expect("error", body.get("error"), 0 if succeeds else CLICK_COMPLETE_ERRORS.get(case))
    expect("error_code", body.get("error_code"), MERCHANT_ERRORS.get(case))
    expect("success", body.get("success"), succeeds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoke-address", default="127.0.0.1")
    parser.add_argument("--invoke-port", type=int)
    parser.add_argument("--smoke", action="store_true", help="replay only smoke.json and compare the shape of each answer")
    parser.add_argument("--stack", help="with --smoke: invoke the functions of this stack on AWS")
    parser.add_argument("--qualifier", help="with --stack: the alias or version to invoke")
    parser.add_argument("functions", nargs="*", metavar="function", help="replay only these functions (default: all)")
    arguments = parser.parse_args()
    if not arguments.invoke_port and not (arguments.smoke and arguments.stack):
        parser.error("--invoke-port is needed, or --smoke with --stack")
    if arguments.smoke:
        passed, failed = smoke(arguments)
        print(f"{passed} passed, {failed} failed")
        # Nothing replayed is no proof.
        return 0 if passed and not failed else 1

    passed = failed = 0
    for function in arguments.functions or FUNCTIONS:
        started, files = time.monotonic(), cases(function)
        for file in files:
            case = file.stem if function in INVOKED else file.stem.partition("_")[2]
            answer = None
            try:
                answer = invoke(function, file, arguments)
                check(function, case, answer)
                passed += 1
            except (ValueError, KeyError, subprocess.TimeoutExpired) as problem:
                failed += 1
                print(f"FAILED {file.relative_to(EVENTS.parent)}: {problem}\n       {json.dumps(answer, ensure_ascii=False)[:2000]}")
        print(f"{function:15} {len(files):3} events {time.monotonic() - started:6.1f} s", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
