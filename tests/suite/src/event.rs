//! The events that API Gateway sends to a function.
