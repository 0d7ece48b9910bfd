//! The original, to the letter: a thread for each client, one `recv` is one command, and no newline
//! anywhere.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Maximum number of users.
const MAX_USERS: usize = 10;

/// The users' names and sockets.
type Users = Mutex<Vec<(String, TcpStream)>>;

/// Serves until the process ends.
pub(crate) fn serve(listener: &TcpListener) -> io::Result<()> {
    let users = Arc::new(Users::default());
    loop {
        let (client, _) = listener.accept()?;
        let users = Arc::clone(&users);
        thread::spawn(move || listen(client, &users));
    }
}

fn listen(mut client: TcpStream, users: &Users) {
    send(
        &client,
        "Enter JOIN followed by your username: JOIN username",
    );
    let mut name = None;
    let mut buffer = [0; 1024];
    while let Ok(len @ 1..) = client.read(&mut buffer) {
        let command = String::from_utf8_lossy(&buffer[..len]).into_owned();
        let command = command.trim_end_matches(['\r', '\n']);
        let words: Vec<_> = command.split(' ').collect();
        match (words[0], &name) {
            ("QUIT", _) => break,
            ("JOIN", None) if words.len() == 2 => name = join(&client, words[1], users),
            ("BCST", Some(name)) => tell_all(&lock(users), &format!("{name}: {command}")),
            ("MESG", Some(name)) if words.len() > 2 => {
                let users = lock(users);
                match users.iter().find(|(user, _)| user == words[1]) {
                    Some((_, user)) => send(user, &format!("{name}: {command}")),
                    None => send(&client, "Error: no such user"),
                }
            }
            ("LIST", Some(_)) => {
                let users = lock(users);
                let names: Vec<_> = users.iter().map(|(user, _)| &**user).collect();
                send(&client, &format!("Online: {}", names.join(", ")));
            }
            _ => send(&client, "Error: invalid command"),
        }
    }
    if let Some(name) = name {
        let mut users = lock(users);
        users.retain(|(user, _)| *user != name);
        tell_all(&users, &format!("{name} has left the chat"));
    }
}

fn join(client: &TcpStream, name: &str, users: &Users) -> Option<String> {
    let mut users = lock(users);
    if users.len() >= MAX_USERS {
        send(client, "Sorry the chat is full, please try later");
        return None;
    }
    if users.iter().any(|(user, _)| user == name) {
        send(client, "Error: that username is taken");
        return None;
    }
    users.push((name.into(), client.try_clone().ok()?));
    tell_all(&users, &format!("SERVER: {name} joined the chat!"));
    Some(name.into())
}

fn tell_all(users: &[(String, TcpStream)], event: &str) {
    for (_, user) in users {
        send(user, event);
    }
}

fn send(mut client: &TcpStream, event: &str) {
    let _ = client.write_all(event.as_bytes());
}

fn lock(users: &Users) -> MutexGuard<'_, Vec<(String, TcpStream)>> {
    users.lock().unwrap_or_else(PoisonError::into_inner)
}
