//! The events that API Gateway sends to a function, complete, as a client behind it would cause
//! them. Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
//! and
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>.

use serde_json::{Map, Value, json};

const DOMAIN: &str = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";
const USER_AGENT: &str = "curl/8.5.0";
const SOURCE_IP: &str = "192.0.2.1";

/// Makes the event of an HTTP API (payload format 2.0). `path` is the route without a stage;
/// `query` is as in the URL, without `?`. The route has no variable: for one, set `routeKey` and
/// `pathParameters`.
pub fn v2(method: &str, path: &str, query: &str) -> Value {
    let route = format!("{method} {path}");
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "accept": "*/*",
            "content-length": "0",
            "host": DOMAIN,
            "user-agent": USER_AGENT,
            "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
            "x-forwarded-for": SOURCE_IP,
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": DOMAIN,
            "domainPrefix": "a1b2c3d4e5",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": SOURCE_IP,
                "userAgent": USER_AGENT,
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": "$default",
            "time": "24/Nov/2026:05:16:23 +0000",
            "timeEpoch": 1_795_497_383_220_u64,
        },
        "isBase64Encoded": false,
    });
    // Values of a name that comes twice are joined with commas.
    let mut parameters = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let joined = match parameters.get(&*name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value.into_owned(),
        };
        parameters.insert(name.into_owned(), joined.into());
    }
    if !parameters.is_empty() {
        event["queryStringParameters"] = parameters.into();
    }
    event
}

/// Makes the event of a REST API (payload format 1.0), with the arguments of [`v2`]. Its stage is
/// `prod`, which this format keeps out of `path`. For a route with a variable, set `resource` and
/// `pathParameters`.
pub fn v1(method: &str, path: &str, query: &str) -> Value {
    let mut event = json!({
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": DOMAIN,
            "domainPrefix": "a1b2c3d4e5",
            "extendedRequestId": "JKJaXmPLvHcESHA=",
            "httpMethod": method,
            "identity": {
                "accessKey": null,
                "accountId": null,
                "caller": null,
                "cognitoAuthenticationProvider": null,
                "cognitoAuthenticationType": null,
                "cognitoIdentityId": null,
                "cognitoIdentityPoolId": null,
                "principalOrgId": null,
                "sourceIp": SOURCE_IP,
                "user": null,
                "userAgent": USER_AGENT,
                "userArn": null,
            },
            "path": format!("/prod{path}"),
            "protocol": "HTTP/1.1",
            "requestId": "6f0c3b2e-7f0a-4b1c-9c62-0d9f0a3c9a11",
            "requestTime": "24/Nov/2026:05:16:23 +0000",
            "requestTimeEpoch": 1_795_497_383_220_u64,
            "resourceId": "a1b2c3",
            "resourcePath": path,
            "stage": "prod",
        },
        "body": null,
        "isBase64Encoded": false,
    });
    let headers = [
        ("Accept", "*/*"),
        ("Host", DOMAIN),
        ("User-Agent", USER_AGENT),
        ("X-Amzn-Trace-Id", "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e"),
        ("X-Forwarded-For", SOURCE_IP),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ];
    for (name, value) in headers {
        event = with_header(event, name, value);
    }
    // One map has the last value of a repeated name, the other has all of them.
    let mut last = Map::new();
    let mut all = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        last.insert(name.clone().into_owned(), value.clone().into());
        let values = all.entry(name).or_insert_with(|| json!([]));
        values.as_array_mut().expect("a list was put in").push(value.into());
    }
    if !last.is_empty() {
        event["queryStringParameters"] = last.into();
        event["multiValueQueryStringParameters"] = all.into();
    }
    event
}

/// Adds a header to the event, also beside one of the same name. An HTTP API writes names in lower
/// case.
pub fn with_header(mut event: Value, name: &str, value: &str) -> Value {
    if is_v2(&event) {
        let name = name.to_ascii_lowercase();
        let headers = &mut event["headers"];
        headers[&name] = match headers[&name].as_str() {
            Some(before) => format!("{before},{value}").into(),
            None => value.into(),
        };
    } else {
        event["headers"][name] = value.into();
        let values = &mut event["multiValueHeaders"][name];
        match values.as_array_mut() {
            Some(values) => values.push(value.into()),
            None => *values = json!([value]),
        }
    }
    event
}

/// Adds a body of text to the event.
pub fn with_body(mut event: Value, content_type: &str, body: &str) -> Value {
    let length = body.len().to_string();
    if is_v2(&event) {
        event["headers"]["content-length"] = length.into();
    } else {
        event = with_header(event, "Content-Length", &length);
    }
    event["body"] = body.into();
    with_header(event, "Content-Type", content_type)
}

/// Changes the event to one whose client's URL begins with the stage `stage`. An HTTP API has the
/// stage in the path, a REST API beside it.
pub fn with_stage(mut event: Value, stage: &str) -> Value {
    let key = if is_v2(&event) { "rawPath" } else { "path" };
    let path = format!("/{stage}{}", event[key].as_str().unwrap_or_default());
    let context = &mut event["requestContext"];
    context["stage"] = stage.into();
    if key == "rawPath" {
        context["http"]["path"] = path.as_str().into();
        event["rawPath"] = path.into();
    } else {
        context["path"] = path.into();
    }
    event
}

fn is_v2(event: &Value) -> bool {
    event["version"] == "2.0"
}

#[cfg(test)]
mod tests {
    use lambda_http::request::RequestContext;
    use lambda_http::{Request, RequestExt};

    use super::*;

    const QUERY: &str = "amount=1000.00&description=to%27lov%20va+xizmat&id=1&id=2";

    fn request(event: &Value) -> Request {
        lambda_http::request::from_str(&event.to_string()).expect("lambda_http reads the event")
    }

    #[test]
    fn v2_is_read_as_an_http_api() {
        let request = request(&v2("GET", "/api/create_payment", QUERY));
        assert!(matches!(request.request_context(), RequestContext::ApiGatewayV2(_)));
        assert_eq!(request.raw_http_path(), "/api/create_payment");
        assert_eq!(request.uri().query(), Some(QUERY));
        let parameters = request.query_string_parameters();
        assert_eq!(parameters.first("description"), Some("to'lov va xizmat"));
        assert_eq!(parameters.all("id"), Some(vec!["1", "2"]));
    }

    #[test]
    fn v1_is_read_as_a_rest_api() {
        let request = request(&v1("GET", "/api/create_payment", QUERY));
        assert!(matches!(request.request_context(), RequestContext::ApiGatewayV1(_)));
        assert_eq!(request.raw_http_path(), "/api/create_payment");
        let parameters = request.query_string_parameters();
        assert_eq!(parameters.first("description"), Some("to'lov va xizmat"));
        assert_eq!(parameters.all("id"), Some(vec!["1", "2"]));
    }

    #[test]
    fn no_query_is_no_parameters() {
        assert!(v2("GET", "/", "").get("queryStringParameters").is_none());
        assert!(v1("GET", "/", "")["queryStringParameters"].is_null());
        for event in [v2("GET", "/", ""), v1("GET", "/", "")] {
            assert!(request(&event).query_string_parameters().is_empty());
        }
    }

    #[test]
    fn a_header_a_body_and_a_stage_arrive() {
        for event in [v2("POST", "/payme", ""), v1("POST", "/payme", "")] {
            let event = with_body(event, "application/json", r#"{"id":1}"#);
            let event = with_header(with_header(event, "X-Shop-Id", "101"), "X-Shop-Id", "102");
            let event = with_stage(event, "test");
            let request = request(&event);
            assert_eq!(request.headers()["content-type"], "application/json");
            assert_eq!(request.headers()["content-length"], "8");
            assert_eq!(request.body().as_ref(), br#"{"id":1}"#);
            // Of a REST API's repeated header lambda_http keeps the last value only.
            let id = &request.headers()["x-shop-id"];
            assert!(id == "101,102" || id == "102", "{id:?}");
            assert!(request.uri().path().ends_with("/test/payme"), "{}", request.uri());
        }
    }
}
