//! `cargo local` as a process of its own, as a user starts it.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::binaries::binary;

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running `cargo local`. It is killed when this is dropped.
pub struct LocalProcess {
    child: Child,
    printed: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
    /// The address in its first line.
    pub url: String,
    pub store_url: String,
}

impl LocalProcess {
    /// Starts it on free ports with `arguments` and waits for its first line.
    ///
    /// # Panics
    /// If the first line does not come or is another.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[])
    }

    /// Starts it with these variables in its environment.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn start_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(binary("local"))
            .args(["--port", "0", "--store-port", "0"])
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = Arc::new(Mutex::new(String::new()));
        let (sender, lines) = mpsc::channel();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let readers =
            vec![collect(stdout, printed.clone(), Some(sender)), collect(stderr, printed.clone(), None)];
        let line = || {
            lines
                .recv_timeout(START_LIMIT)
                .unwrap_or_else(|error| panic!("{error}: {}", printed.lock().unwrap()))
        };
        let url = line().strip_prefix("listening on ").expect("the first line tells the address").to_owned();
        let store_url =
            line().strip_prefix("tables on ").expect("the second line tells the tables").to_owned();
        // Reads the rest of the greeting, so that `printed` has all of it.
        while line() != "Ctrl-C stops it." {}
        Self { child, printed, readers, url, store_url }
    }

    /// Returns what it printed so far. The last lines may still be on their way.
    pub fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as Ctrl-C does. Returns all that it printed.
    pub fn stop(mut self) -> String {
        assert!(self.end().success());
        for reader in std::mem::take(&mut self.readers) {
            reader.join().unwrap();
        }
        self.printed()
    }

    /// Ends it as Ctrl-C does.
    pub fn interrupt(mut self) -> ExitStatus {
        self.end()
    }

    fn end(&mut self) -> ExitStatus {
        let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
        self.child.wait().unwrap()
    }
}

impl Drop for LocalProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(
    stream: impl Read + Send + 'static,
    printed: Arc<Mutex<String>>,
    lines: Option<mpsc::Sender<String>>,
) -> JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            printed.lock().unwrap().push_str(&format!("{line}\n"));
            if let Some(lines) = &lines {
                let _ = lines.send(line);
            }
        }
    })
}
