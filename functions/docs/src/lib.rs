pub const A: &str = include_str!(concat!(env!("OUT_DIR"), "/uz.html"));
