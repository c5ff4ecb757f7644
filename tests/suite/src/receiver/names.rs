//! A resolver whose answers a test sets.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::SocketAddr,
    sync::Mutex,
};

use futures_util::{FutureExt, future};
use shared::sender::Resolver;

/// Names and their addresses. A name that is not set does not exist.
#[derive(Debug, Default)]
pub struct Names {
    answers: Mutex<HashMap<String, VecDeque<Reply>>>,
    asked: Mutex<Vec<(String, u16)>>,
}

#[derive(Clone, Debug)]
enum Reply {
    Addresses(Vec<SocketAddr>),
    Silence,
}

impl Names {
    /// Gives `name` these addresses, each with the port to connect to, until it is set again.
    pub fn set(&self, name: &str, addresses: &[SocketAddr]) {
        self.replace(name, Reply::Addresses(addresses.to_vec()));
    }

    /// Lets the resolver never answer for `name`.
    pub fn set_silent(&self, name: &str) {
        self.replace(name, Reply::Silence);
    }

    /// Gives `name` these addresses after its last answer was given once more.
    pub fn then(&self, name: &str, addresses: &[SocketAddr]) {
        let reply = Reply::Addresses(addresses.to_vec());
        self.answers.lock().unwrap().entry(name.to_owned()).or_default().push_back(reply);
    }

    /// Each name and port that was asked for.
    pub fn asked(&self) -> Vec<(String, u16)> {
        self.asked.lock().unwrap().clone()
    }

    fn replace(&self, name: &str, reply: Reply) {
        self.answers.lock().unwrap().insert(name.to_owned(), [reply].into());
    }

    fn reply(&self, name: &str) -> Option<Reply> {
        let mut answers = self.answers.lock().unwrap();
        let replies = answers.get_mut(name)?;
        if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() }
    }
}

impl Resolver for Names {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> future::BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        self.asked.lock().unwrap().push((host.to_owned(), port));
        match self.reply(host) {
            Some(Reply::Addresses(addresses)) => future::ready(Ok(addresses)).boxed(),
            Some(Reply::Silence) => future::pending().boxed(),
            None => future::ready(Err(io::Error::other("no such name"))).boxed(),
        }
    }
}
