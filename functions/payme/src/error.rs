//! Payme's errors, in its three languages (Payme Merchant API, errors).

use serde::Serialize;
use shared::store::StoreError;

/// An error of a call.
#[derive(Debug)]
pub enum PaymeError {
    NotPost,
    Unparsable,
    /// A field is missing or of the wrong type.
    BadRequest,
    UnknownMethod(String),
    Denied,
    /// The store or the service failed. The detail is only for the log. Payme repeats the call
    /// later.
    Unavailable(String),
    /// One answer cannot hold the statement. Shorter periods give it in parts.
    StatementTooLong,
    WrongAmount,
    UnknownTransaction,
    /// The shop's balance no longer covers the refund, or an operator returned the money outside
    /// Payme.
    Fulfilled,
    /// The state of the transaction or of its order does not allow this.
    Impossible,
    /// The order does not exist, cannot be paid, or is of the other mode.
    NoSuchOrder,
    UnknownReceipt,
    BadFiscalData,
}

impl From<StoreError> for PaymeError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// One text in Payme's three languages.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Message {
    ru: &'static str,
    uz: &'static str,
    en: &'static str,
}

impl PaymeError {
    /// Whether Payme may act on this answer. A failure of ours says nothing about the transaction.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Unavailable(_))
    }

    pub const fn code(&self) -> i32 {
        match self {
            Self::NotPost => -32300,
            Self::Unparsable => -32700,
            Self::BadRequest => -32600,
            Self::UnknownMethod(_) => -32601,
            Self::Denied => -32504,
            Self::Unavailable(_) | Self::StatementTooLong => -32400,
            Self::WrongAmount => -31001,
            Self::UnknownTransaction => -31003,
            Self::Fulfilled => -31007,
            Self::Impossible => -31008,
            Self::NoSuchOrder => -31050,
            Self::UnknownReceipt => -32001,
            Self::BadFiscalData => -32602,
        }
    }

    /// The subject of the error. For an order, the field of `account`.
    pub fn data(&self) -> &str {
        match self {
            Self::NotPost => "POST",
            Self::Unparsable => "JSON",
            Self::BadRequest => "params",
            Self::UnknownMethod(name) => name,
            Self::Denied => "Authorization",
            Self::Unavailable(_) => "server",
            Self::StatementTooLong => "to",
            Self::WrongAmount => "amount",
            Self::UnknownTransaction | Self::Fulfilled | Self::Impossible | Self::UnknownReceipt => "id",
            Self::NoSuchOrder => "order_id",
            Self::BadFiscalData => "fiscal_data",
        }
    }

    pub const fn message(&self) -> Message {
        let (uz, ru, en) = match self {
            Self::NotPost => (
                "So'rov POST usulida yuborilishi kerak",
                "Запрос должен быть отправлен методом POST",
                "The request must be a POST",
            ),
            Self::Unparsable => ("JSON o'qilmadi", "Ошибка разбора JSON", "The JSON cannot be parsed"),
            Self::BadRequest => (
                "Majburiy maydon yo'q yoki uning turi noto'g'ri",
                "Обязательное поле отсутствует или имеет неверный тип",
                "A required field is missing or of the wrong type",
            ),
            Self::UnknownMethod(_) => ("Bunday usul yo'q", "Метод не найден", "Unknown method"),
            Self::Denied => (
                "Usulni bajarish uchun huquq yetarli emas",
                "Недостаточно прав для выполнения метода",
                "Not allowed to call this method",
            ),
            Self::Unavailable(_) => (
                "Tizimda vaqtinchalik xatolik, keyinroq urinib ko'ring",
                "Временная ошибка системы, повторите позже",
                "Temporary failure, try again later",
            ),
            Self::StatementTooLong => (
                "Hisobot juda uzun, davrni qisqartiring",
                "Выписка слишком длинная, сократите период",
                "The statement is too long, ask for a shorter period",
            ),
            Self::WrongAmount => ("Noto'g'ri summa", "Неверная сумма", "Wrong amount"),
            Self::UnknownTransaction => {
                ("Tranzaksiya topilmadi", "Транзакция не найдена", "Transaction not found")
            }
            Self::Fulfilled => (
                "Buyurtma bajarilgan, bekor qilib bo'lmaydi",
                "Заказ выполнен, отмена невозможна",
                "Order fulfilled, cannot be cancelled",
            ),
            Self::Impossible => {
                ("Amalni bajarib bo'lmaydi", "Невозможно выполнить операцию", "Operation cannot be performed")
            }
            Self::NoSuchOrder => (
                "Buyurtma topilmadi yoki uni to'lab bo'lmaydi",
                "Заказ не найден или недоступен для оплаты",
                "Order not found or cannot be paid",
            ),
            Self::UnknownReceipt => ("Chek topilmadi", "Чек не найден", "Receipt not found"),
            Self::BadFiscalData => {
                ("Fiskal ma'lumotlar noto'g'ri", "Неверные фискальные данные", "Wrong fiscal data")
            }
        };
        Message { ru, uz, en }
    }

    /// The detail for the log line.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Unavailable(detail) => Some(detail),
            _ => None,
        }
    }
}
