//! Runs a function's real binary as Lambda runs it: a process of its own that polls a Runtime API.
//!
//! ```no_run
//! # async fn example() -> Result<(), suite::runtime_api::Failure> {
//! use suite::{binaries, event, runtime_api::LambdaProcess};
//!
//! let function = LambdaProcess::start(&binaries::binary("check_shop"), [("SHOPS_TABLE", "shops")]).await?;
//! let outcome = function.invoke(&event::v2("GET", "/api/check_shop", ""), 3_000).await?;
//! let printed = function.stop().await;
//! # Ok(()) }
//! ```

mod server;

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use server::Api;

/// Lambda's own limit for the start of a function.
const START_LIMIT: Duration = Duration::from_secs(10);

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// What the function returned.
    Answer(Value),
    /// What it reported when it failed or panicked: `errorType` and `errorMessage`.
    Error(Value),
}

impl Outcome {
    /// # Panics
    /// When the function reported an error.
    pub fn answer(self) -> Value {
        match self {
            Self::Answer(answer) => answer,
            Self::Error(error) => panic!("the function reported an error: {error}"),
        }
    }
}

/// A function that gave no answer: it died, never polled, or ran out of time. Shows everything that
/// it printed.
#[derive(Debug, thiserror::Error)]
#[error("{what}\n{printed}")]
pub struct Failure {
    what: String,
    printed: Printed,
}

/// What a process wrote to its standard output and standard error.
#[derive(Debug, Clone, Default)]
pub struct Printed {
    pub stdout: String,
    pub stderr: String,
}

impl std::fmt::Display for Printed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "-- stdout --\n{}\n-- stderr --\n{}", self.stdout.trim_end(), self.stderr.trim_end())
    }
}

/// A running function. It is killed when this is dropped.
pub struct LambdaProcess {
    id: u32,
    first_poll: Duration,
    api: Arc<Api>,
    process: Arc<Process>,
    _tasks: JoinSet<()>,
}

/// The state of the process, as seen from outside.
#[derive(Default)]
struct Process {
    stdout: Mutex<Vec<u8>>,
    stderr: Mutex<Vec<u8>>,
    kill: tokio::sync::Notify,
    /// Set after its last output has been read.
    ended: watch::Sender<Option<ExitStatus>>,
}

impl LambdaProcess {
    /// Starts `binary` with Lambda's environment and `env`, and without our own, and waits for its
    /// first poll.
    ///
    /// # Errors
    /// If it does not poll within 10 seconds or dies before.
    pub async fn start(
        binary: &Path,
        env: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> Result<Self, Failure> {
        Self::start_within(START_LIMIT, binary, env).await
    }

    async fn start_within(
        limit: Duration,
        binary: &Path,
        env: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> Result<Self, Failure> {
        let mut tasks = JoinSet::new();
        let api = Arc::new(Api::default());
        let address = server::serve(Arc::clone(&api), &mut tasks).await;

        let name = binary.file_stem().unwrap_or_default();
        let mut command = Command::new(binary);
        command
            .env_clear()
            .envs(lambda_environment(name, &address.to_string()))
            .envs(env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let started = Instant::now();
        let child = command.spawn().map_err(|error| Failure {
            what: format!("{} does not start: {error}", binary.display()),
            printed: Printed::default(),
        })?;
        let id = child.id().unwrap_or_default();
        let process = Arc::new(Process::default());
        tasks.spawn(watch_over(child, Arc::clone(&process)));

        let first_poll = match process.unless_ended(limit, api.first_poll()).await {
            Ok(polled) => polled - started,
            Err(what) => {
                let mut what = format!("{what} before its first poll");
                if let Some(error) = api.init_error() {
                    let _ = write!(what, ", and reported {error}");
                }
                return Err(process.failure(what));
            }
        };
        Ok(Self { id, first_poll, api, process, _tasks: tasks })
    }

    /// The time from the start of the process until its first poll reached the Runtime API.
    pub fn first_poll(&self) -> Duration {
        self.first_poll
    }

    /// Invokes the function, which has `deadline_ms` milliseconds. Several invocations may run at
    /// once, if it polls often enough.
    ///
    /// # Errors
    /// If it does not answer in that time (Lambda would kill it) or dies.
    pub async fn invoke(&self, event: &Value, deadline_ms: u64) -> Result<Outcome, Failure> {
        self.invoke_raw(event.to_string().into(), deadline_ms).await.map(|(outcome, _)| outcome)
    }

    /// Does the same as [`invoke`](Self::invoke) with an event that need not be JSON. Also returns
    /// the time from handing out the event until the whole answer was back.
    pub async fn invoke_raw(&self, event: Bytes, deadline_ms: u64) -> Result<(Outcome, Duration), Failure> {
        let limit = Duration::from_millis(deadline_ms);
        let ended = self.process.unless_ended(limit, self.api.invoke(event, limit)).await;
        ended.map_err(|what| self.process.failure(format!("{what} before it answered")))
    }

    /// Returns the most memory that the process has held so far, in KiB (`VmHWM`, on Linux).
    pub fn peak_rss_kib(&self) -> std::io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok());
        peak.ok_or_else(|| std::io::Error::other("no VmHWM: the process has ended"))
    }

    /// Returns what it has printed so far. The last lines may still be on their way:
    /// [`stop`](Self::stop) returns them all.
    pub fn printed(&self) -> Printed {
        self.process.printed()
    }

    /// Kills the process. Returns all that it printed.
    pub async fn stop(self) -> Printed {
        self.process.kill.notify_one();
        let _ = self.process.ended.subscribe().wait_for(Option::is_some).await;
        self.process.printed()
    }
}

impl Process {
    /// Returns the result of `work`, or what happened if the process dies or `limit` passes first.
    async fn unless_ended<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Result<T, String> {
        let mut ended = self.ended.subscribe();
        tokio::select! {
            biased;
            done = timeout(limit, work) => done.map_err(|_| format!("{} ms passed", limit.as_millis())),
            status = ended.wait_for(Option::is_some) => {
                Err(match status.ok().and_then(|status| *status) {
                    Some(status) => format!("the process ended ({status})"),
                    None => "the process was lost".to_owned(),
                })
            }
        }
    }

    fn printed(&self) -> Printed {
        let text = |bytes: &Mutex<Vec<u8>>| String::from_utf8_lossy(&bytes.lock().unwrap()).into_owned();
        Printed { stdout: text(&self.stdout), stderr: text(&self.stderr) }
    }

    fn failure(&self, what: String) -> Failure {
        Failure { what, printed: self.printed() }
    }
}

/// Reads what the process prints, and waits for its end or kills it on request.
async fn watch_over(mut child: Child, process: Arc<Process>) {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let ending = async {
        tokio::select! {
            status = child.wait() => return status,
            () = process.kill.notified() => {}
        }
        child.kill().await?;
        child.wait().await
    };
    let (status, (), ()) =
        tokio::join!(ending, collect(stdout, &process.stdout), collect(stderr, &process.stderr));
    process.ended.send_replace(status.ok());
}

async fn collect(pipe: Option<impl AsyncRead + Unpin>, printed: &Mutex<Vec<u8>>) {
    let Some(mut pipe) = pipe else { return };
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        printed.lock().unwrap().extend_from_slice(&buffer[..read]);
    }
}

/// Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>.
fn lambda_environment<'a>(name: &'a OsStr, api: &'a str) -> Vec<(&'static str, &'a OsStr)> {
    let constants = [
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/test"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/24/[$LATEST]test"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_SESSION_TOKEN", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
    ];
    let ours = [("AWS_LAMBDA_FUNCTION_NAME", name), ("AWS_LAMBDA_RUNTIME_API", OsStr::new(api))];
    constants.into_iter().map(|(key, value)| (key, OsStr::new(value))).chain(ours).collect()
}

#[cfg(test)]
mod tests;
