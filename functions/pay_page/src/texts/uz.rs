use super::{Message, Texts};

/// Uzbek in Latin letters. The letters oʻ and gʻ take U+02BB, the glottal stop U+02BC, as Unicode's
/// CLDR writes them.
pub(super) static TEXTS: Texts = Texts {
    language: "Til",
    test_mode: "Test rejimi: haqiqiy pul yechilmaydi",

    amount_to_pay: "Toʻlov summasi",
    shop: "Doʻkon",
    contact: "Doʻkon bilan aloqa",
    description: "Toʻlov maqsadi",
    merchant_order: "Buyurtma raqami",
    payment_number: "Toʻlov raqami",
    pay_by: "Toʻlash muddati",
    time_left: "Qolgan vaqt",
    tashkent_time: "Toshkent vaqti",

    choose_a_way: "Toʻlov usulini tanlang",
    pay_with_payme: "Payme orqali toʻlash",
    pay_with_click: "Click orqali toʻlash",
    pay_with_test: "Test toʻlov",
    nothing_is_charged: "Pul yechilmaydi",
    scan: "Telefonda toʻlamoqchimisiz? Kamerani QR kodga qarating.",
    qr_code: "Shu sahifaning QR kodi",
    updates_itself: "Toʻlov oʻtishi bilan sahifa oʻzi yangilanadi.",
    refresh_when_paid: "Toʻlaganingizdan keyin sahifani yangilang.",
    refresh: "Sahifani yangilash",
    card_safety: "Karta maʼlumotlari faqat toʻlov tizimining oʻz sahifasida kiritiladi. TopHamyon ularni koʻrmaydi va saqlamaydi.",

    no_way_to_pay: Message {
        heading: "Hozircha toʻlab boʻlmaydi",
        sentence: "Bu doʻkon uchun toʻlov usullari hali ulanmagan. Birozdan keyin urinib koʻring yoki doʻkonga murojaat qiling.",
    },
    shop_closed: Message {
        heading: "Doʻkon hozir toʻlov qabul qilmayapti",
        sentence: "Bu havola orqali hozir toʻlab boʻlmaydi. Iltimos, doʻkonga murojaat qiling.",
    },
    held: Message {
        heading: "Toʻlov boshlandi",
        sentence: "Uni toʻlov tizimi sahifasida yakunlang. Toʻlov oʻtgach, natija shu yerda koʻrinadi.",
    },
    try_again_after: "Toʻlov yakunlanmasa, qayta urinish mumkin boʻladigan vaqt",
    paid: Message { heading: "Toʻlov muvaffaqiyatli", sentence: "Rahmat! Doʻkon toʻlovingizni oldi." },
    cancelled: Message {
        heading: "Toʻlov bekor qilindi",
        sentence: "Endi bu havola orqali toʻlab boʻlmaydi. Kerak boʻlsa, doʻkondan yangi havola soʻrang.",
    },
    expired: Message {
        heading: "Toʻlov muddati tugadi",
        sentence: "Doʻkondan yangi toʻlov havolasini soʻrang. Agar pul yechilgan boʻlsa, doʻkonga murojaat qiling.",
    },
    refunded: Message {
        heading: "Toʻlov qaytarildi",
        sentence: "Pul qachon tushishi bankingizga bogʻliq. Savolingiz boʻlsa, doʻkonga murojaat qiling.",
    },
    unknown: Message {
        heading: "Toʻlov topilmadi",
        sentence: "Havola toʻliq koʻchirilganini tekshiring yoki doʻkondan yangi havola soʻrang.",
    },
    unavailable: Message {
        heading: "Sahifani hozir ochib boʻlmadi",
        sentence: "Toʻlovingizga bu taʼsir qilmaydi. Birozdan keyin sahifani yangilang.",
    },

    paid_at: "Toʻlangan vaqti",
    cancelled_at: "Bekor qilingan vaqti",
    expired_at: "Muddat tugagan vaqt",
    refunded_at: "Qaytarilgan vaqti",
    paid_with: "Toʻlov usuli",
    by_test: "Test toʻlov",
    by_operator: "Doʻkon orqali",
    back_to_shop: "Doʻkonga qaytish",

    months: [
        "yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr", "oktabr", "noyabr",
        "dekabr",
    ],
};
