//! The functions' real binaries, built by cargo when a test first asks for one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

const PACKAGE: &str = env!("CARGO_MANIFEST_DIR");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// Returns the profile that the running test was built with.
    pub fn running() -> Self {
        if cfg!(debug_assertions) { Self::Dev } else { Self::Release }
    }
}

/// Built executables by name.
pub type Executables = HashMap<String, PathBuf>;

/// Returns the binary `name` of the workspace, in the running test's profile. The first call builds
/// all of them, with the whole workspace's features, so that cargo uses again what `cargo test
/// --workspace` compiled.
///
/// # Panics
/// When the build fails or there is no such binary.
pub fn binary(name: &str) -> PathBuf {
    static BINARIES: OnceLock<Executables> = OnceLock::new();
    found(BINARIES.get_or_init(|| build(Profile::running(), &["--workspace", "--bins"])), name)
}

/// Returns the example `name`, in the same way.
///
/// # Panics
/// When the build fails or there is no such example.
pub fn example(name: &str) -> PathBuf {
    static EXAMPLES: OnceLock<Executables> = OnceLock::new();
    found(EXAMPLES.get_or_init(|| build(Profile::running(), &["--workspace", "--examples"])), name)
}

fn found(binaries: &Executables, name: &str) -> PathBuf {
    binaries.get(name).unwrap_or_else(|| panic!("no binary {name} among {:?}", binaries.keys())).clone()
}

/// Builds the binaries of `packages` alone, with the features that they have in a deployment.
///
/// # Panics
/// When the build fails.
pub fn packages(profile: Profile, packages: &[&str]) -> Executables {
    let arguments: Vec<_> = packages.iter().flat_map(|name| ["-p", name]).chain(["--bins"]).collect();
    build(profile, &arguments)
}

/// Builds the example `name` of this package without the rest of the workspace.
///
/// # Panics
/// When the build fails.
pub fn example_alone(profile: Profile, name: &str) -> Executables {
    build(profile, &["-p", env!("CARGO_PKG_NAME"), "--example", name])
}

/// Returns the names of the workspace's packages.
pub fn workspace_packages() -> Vec<String> {
    let output = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_slice(&output).expect("cargo metadata writes JSON");
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages.filter_map(|package| package["name"].as_str().map(str::to_owned)).collect()
}

pub(crate) fn build(profile: Profile, what: &[&str]) -> Executables {
    let mut arguments = vec!["build", "--message-format", "json-render-diagnostics"];
    if profile == Profile::Release {
        arguments.push("--release");
    }
    let target = target_folder();
    if let Some(target) = target.as_deref().and_then(Path::to_str) {
        arguments.extend(["--target-dir", target]);
    }
    arguments.extend(what);
    let messages = cargo(&arguments);
    let messages =
        messages.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    messages
        .filter_map(|message| {
            let executable = PathBuf::from(message["executable"].as_str()?);
            Some((message["target"]["name"].as_str()?.to_owned(), executable))
        })
        .collect()
}

/// Finds the target folder of the running test, which cargo marks with this file.
fn target_folder() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    test.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists()).map(Path::to_owned)
}

/// Runs cargo in the workspace. Returns what it wrote to standard output; its progress goes to our
/// standard error.
fn cargo(arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(PACKAGE).stdin(Stdio::null()).stderr(Stdio::inherit());
    // Variables about the test's own package would look to build scripts like a change.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            command.env_remove(name);
        }
    }
    let output = command.output().expect("cargo runs");
    assert!(output.status.success(), "cargo {} failed: {}", arguments.join(" "), output.status);
    output.stdout
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_executable_is_built_and_found() {
        let built = build(Profile::running(), &["--workspace", "--example", "echo"]);
        assert_eq!(built.len(), 1, "{built:?}");
        assert!(built["echo"].is_file());
        assert!(workspace_packages().contains(&"suite".to_owned()));
    }
}
