//! The merchant's cabinet and the QR code that it shows, through the gateway.

use suite::world::World;

#[tokio::test]
async fn the_page_comes_through_the_gateway_and_holds_nothing_of_a_shop() {
    let world = World::start().await;
    let reply = world.get("/cabinet").await;
    assert_eq!(
        (reply.status.as_u16(), &reply.headers["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    let again =
        world.get_with("/cabinet", &[("if-none-match", reply.headers["etag"].to_str().unwrap())]).await;
    assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));
    // Whatever a caller sends, the page is the same, so a cache may keep it for all.
    let signed = [("x-shop-id", "101"), ("x-shop-key", "test_key_123"), ("cookie", "lang=ru")];
    assert_eq!(world.get_with("/cabinet?lang=en&shop_key=test_key_123", &signed).await.body, reply.body);
    assert!(reply.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn a_qr_code_is_a_picture_of_an_order_id_and_of_nothing_else() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    let reply = world.get(&format!("/pay/{order_id}/qr.svg")).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.headers["content-type"]),
        (200, &"image/svg+xml".parse().unwrap())
    );
    assert!(reply.body.starts_with("<svg ") && reply.body.ends_with("</svg>"));
    for wrong in ["ORD_1", "%3Cscript%3E", "ORD_1701234567_000000000000000000sample1%22"] {
        let reply = world.get(&format!("/pay/{wrong}/qr.svg")).await;
        assert_eq!((reply.status.as_u16(), reply.body.as_str()), (404, ""), "{wrong}");
    }
}
