//! Joins the page's JavaScript modules into one script, each after those that it imports.

use std::{
    error::Error,
    fs,
    path::{Component, Path, PathBuf},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Joins `entry` and everything that it imports. A module imports with one line a module,
/// `import { names } from "./path.js";`, and exports only declarations, so leaving these words out
/// makes all modules one script. Two modules cannot have a name in common: the script would not
/// parse.
pub fn join(folder: &Path, entry: &str) -> Result<String> {
    let mut joined = Joined { folder, done: Vec::new(), script: String::from("\"use strict\";\n{\n") };
    joined.add(Path::new(entry))?;
    joined.script.push_str("}\n");
    Ok(joined.script)
}

struct Joined<'a> {
    folder: &'a Path,
    /// Modules that are in the script or are being added, as paths within `folder`.
    done: Vec<PathBuf>,
    script: String,
}

impl Joined<'_> {
    fn add(&mut self, module: &Path) -> Result<()> {
        if self.done.iter().any(|done| done == module) {
            return Ok(());
        }
        self.done.push(module.to_owned());
        let text = fs::read_to_string(self.folder.join(module))
            .map_err(|error| format!("{}: {error}", module.display()))?;
        let (imports, lines): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with("import "));
        for line in imports {
            self.add(&imported(module, line)?)?;
        }
        for line in lines {
            self.script.push_str(line.strip_prefix("export ").unwrap_or(line));
            self.script.push('\n');
        }
        Ok(())
    }
}

/// The path of the module that `line` of `module` imports.
fn imported(module: &Path, line: &str) -> Result<PathBuf> {
    let path = line.split('"').nth(1).ok_or_else(|| format!("{}: {line}", module.display()))?;
    let mut within = module.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => {
                within.pop();
            }
            Component::Normal(name) => within.push(name),
            _ => {}
        }
    }
    Ok(within)
}
