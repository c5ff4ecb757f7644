// The words of the contract that readers choose from, in the order in which they are shown.

export const STATUSES = ["pending", "paid", "refunded", "cancelled", "expired"];

export const EVENT_TYPES = [
  "payment.paid", "payment.refunded", "payment.cancelled", "payout.recorded", "payout.reversed", "adjustment.recorded",
];

export const DELIVERY_STATES = ["waiting", "delivered", "failed", "dropped"];
