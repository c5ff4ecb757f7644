//! The days that a list or a report is about: the parameters `from` and `to`.

use super::{ApiError, ApiRequest, Parameter, parameter::invalid};
use crate::domain::day::{Day, DayRange};

/// The parameter `from`: the first day.
pub struct From(Day);

/// The parameter `to`: the last day.
pub struct To(Day);

impl Parameter for From {
    const NAME: &'static str = "from";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Day::parse(text).map(Self).map_err(invalid::<Self>)
    }
}

impl Parameter for To {
    const NAME: &'static str = "to";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Day::parse(text).map(Self).map_err(invalid::<Self>)
    }
}

/// Reads `from` and `to`. An end that was not given is open.
pub fn parse(request: &ApiRequest) -> Result<DayRange, ApiError> {
    let first = request.optional::<From>()?.map(|From(day)| day);
    let last = request.optional::<To>()?.map(|To(day)| day);
    DayRange::new(first, last).map_err(|_| invalid::<To>("from or a later day"))
}
