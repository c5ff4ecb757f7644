//! The columns of a file. Their names and their order are part of the contract.

use shared::{
    domain::event::Event,
    edge::Language::{self, English, Russian, Uzbek},
};

use crate::format::Format;

const COUNT: usize = 16;

const NAMES: [&str; COUNT] = [
    "date_time",
    "type",
    "order_id",
    "payment_id",
    "merchant_order_id",
    "amount",
    "fee",
    "net",
    "provider",
    "provider_transaction",
    "description",
    "reference",
    "mode",
    "event_id",
    "returned_by",
    "reason",
];

/// The headers of `format` in `language`. Programs read the names, so `csv` has them in any language.
pub const fn headers(format: Format, language: Language) -> [&'static str; COUNT] {
    match (format, language) {
        (Format::Csv, _) => NAMES,
        (Format::Excel, Uzbek) => [
            "Sana va vaqt",
            "Turi",
            "Buyurtma",
            "To'lov",
            "Sizning buyurtma raqamingiz",
            "Summa",
            "Komissiya",
            "Sof summa",
            "To'lov usuli",
            "Provayder tranzaksiyasi",
            "Izoh",
            "Operator raqami",
            "Rejim",
            "Hodisa",
            "Kim qaytardi",
            "Operator izohi",
        ],
        (Format::Excel, Russian) => [
            "Дата и время",
            "Тип",
            "Заказ",
            "Платёж",
            "Ваш номер заказа",
            "Сумма",
            "Комиссия",
            "За вычетом комиссии",
            "Способ оплаты",
            "Транзакция провайдера",
            "Описание",
            "Номер оператора",
            "Режим",
            "Событие",
            "Кто вернул",
            "Причина от оператора",
        ],
        (Format::Excel, English) => [
            "Date and time",
            "Type",
            "Order",
            "Payment",
            "Your order number",
            "Amount",
            "Fee",
            "Net",
            "Provider",
            "Provider transaction",
            "Description",
            "Operator's reference",
            "Mode",
            "Event",
            "Returned by",
            "Operator's reason",
        ],
    }
}

/// The cells of an event, in the order of the columns.
pub fn cells(event: &Event, format: Format) -> [String; COUNT] {
    let own = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let foreign = |text: Option<&str>| text.map(|text| format.foreign_text(text)).unwrap_or_default();
    [
        event.occurred_at.tashkent(),
        event.event_type.into_str().to_owned(),
        own(event.order_id.as_ref().map(|id| id.as_str())),
        own(event.payment_id.as_ref().map(|id| id.as_str())),
        foreign(event.merchant_order_id.as_ref().map(|id| id.as_str())),
        format.money(event.gross),
        format.money(event.fee),
        format.money(event.net),
        own(event.channel.map(|channel| channel.into_str())),
        foreign(event.provider_transaction.as_deref()),
        foreign(event.description.as_ref().map(|text| text.as_str())),
        foreign(event.reference.as_ref().map(|reference| reference.as_str())),
        event.mode.into_str().to_owned(),
        event.event_key.event_id(),
        own(event.returned_by.map(|by| by.into_str())),
        foreign(event.reason.as_ref().map(|reason| reason.as_str())),
    ]
}
