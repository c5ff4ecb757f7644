use super::{Message, Texts};

pub(super) static TEXTS: Texts = Texts {
    language: "Language",
    test_mode: "Test mode: no real money is charged",

    amount_to_pay: "Amount to pay",
    shop: "Shop",
    contact: "Contact the shop",
    description: "Payment for",
    merchant_order: "Order number",
    payment_number: "Payment number",
    pay_by: "Pay by",
    time_left: "Time left",
    tashkent_time: "Tashkent time",

    choose_a_way: "Choose how to pay",
    pay_with_payme: "Pay with Payme",
    pay_with_click: "Pay with Click",
    pay_with_test: "Test payment",
    nothing_is_charged: "Nothing is charged",
    scan: "Rather pay on your phone? Point its camera at the QR code.",
    qr_code: "QR code of this page",
    updates_itself: "This page updates by itself as soon as the payment goes through.",
    refresh_when_paid: "Refresh this page after you have paid.",
    refresh: "Refresh the page",
    card_safety: "You enter your card details only on the payment system's own page. TopHamyon never sees or stores them.",

    no_way_to_pay: Message {
        heading: "This cannot be paid yet",
        sentence: "No payment method is connected for this shop so far. Please try again later or contact the shop.",
    },
    shop_closed: Message {
        heading: "The shop is not taking payments now",
        sentence: "You cannot pay with this link at the moment. Please contact the shop.",
    },
    held: Message {
        heading: "Payment started",
        sentence: "Finish it on the payment system's page. The result will appear here once the payment goes through.",
    },
    try_again_after: "If the payment is not completed, you can try again after",
    paid: Message {
        heading: "Payment successful",
        sentence: "Thank you! The shop has received your payment.",
    },
    cancelled: Message {
        heading: "Payment cancelled",
        sentence: "This link can no longer be paid. Ask the shop for a new one if you need it.",
    },
    expired: Message {
        heading: "Payment expired",
        sentence: "Ask the shop for a new payment link. If money has left your account, please contact the shop.",
    },
    refunded: Message {
        heading: "Payment refunded",
        sentence: "When the money arrives depends on your bank. Please contact the shop if you have questions.",
    },
    unknown: Message {
        heading: "Payment not found",
        sentence: "Check that the whole link was copied, or ask the shop for a new one.",
    },
    unavailable: Message {
        heading: "The page cannot be shown right now",
        sentence: "This does not affect your payment. Please refresh the page in a moment.",
    },

    paid_at: "Paid",
    cancelled_at: "Cancelled",
    expired_at: "Expired",
    refunded_at: "Refunded",
    paid_with: "Payment method",
    by_test: "Test payment",
    by_operator: "Through the shop",
    back_to_shop: "Back to the shop",

    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};
