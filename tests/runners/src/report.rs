//! The results of the steps of a scenario.

use std::fmt;

/// One step: the expected and the found value.
#[derive(Clone, Debug)]
pub struct Step {
    pub name: String,
    pub expected: String,
    pub found: String,
    pub passed: bool,
}

/// All steps in order.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub steps: Vec<Step>,
}

impl Report {
    /// Adds the step `name`. It passes if `found` equals `expected`.
    pub fn compare(&mut self, name: impl ToString, expected: impl ToString, found: impl ToString) {
        let (expected, found) = (expected.to_string(), found.to_string());
        self.steps.push(Step { name: name.to_string(), passed: expected == found, expected, found });
    }

    pub fn passed(&self) -> bool {
        self.steps.iter().all(|step| step.passed)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Step { name, expected, found, passed } in &self.steps {
            if *passed {
                writeln!(f, "ok      {name}: {found}")?;
            } else {
                writeln!(f, "FAILED  {name}: {found} instead of {expected}")?;
            }
        }
        let failed = self.steps.iter().filter(|step| !step.passed).count();
        writeln!(f, "{} passed, {failed} failed", self.steps.len() - failed)
    }
}
