//! Settings for templates: a line that holds only a tag leaves no blank line, and an undefined name
//! is an error.

use minijinja::{Environment, Error, UndefinedBehavior, syntax::SyntaxConfig};

pub fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    Ok(environment)
}
