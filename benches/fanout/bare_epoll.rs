//! The floor: the cost of fan-out with nothing but the kernel.
//!
//! One thread and one level-triggered epoll. In a turn it reads each ready socket once, and then
//! writes everything it read to every socket, once. The only protocol is the LF, at which it cuts
//! the input so that no line is torn; it checks nothing and bounds nothing.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::rc::Rc;

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

const READ_OCTETS: usize = 64 << 10;
const LISTENER: u64 = u64::MAX;

struct Member {
    socket: TcpStream,
    unfinished: Vec<u8>,
    /// What the socket has not taken yet, and how many octets of the first chunk it has taken.
    waiting: Vec<Rc<[u8]>>,
    taken: usize,
}

/// Relays until it is killed; the last word of its first output line is its port.
pub(crate) fn relay() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    // A longer backlog than the standard library's.
    rustix::net::listen(&listener, 4096)?;
    listener.set_nonblocking(true)?;
    println!("listening on {}", listener.local_addr()?.port());
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(
        &epoll,
        &listener,
        EventData::new_u64(LISTENER),
        EventFlags::IN,
    )?;
    let mut members: Vec<Option<Member>> = Vec::new();
    let mut events: Vec<Event> = Vec::with_capacity(1024);
    let mut turn = vec![0; READ_OCTETS];
    loop {
        events.clear();
        epoll::wait(&epoll, rustix::buffer::spare_capacity(&mut events), None)?;
        let mut len = 0;
        for event in &events {
            let (id, flags) = (event.data.u64(), event.flags);
            if id == LISTENER {
                while let Ok((socket, _)) = listener.accept() {
                    admit(&epoll, socket, &mut members)?;
                }
                continue;
            }
            let slot = &mut members[id as usize];
            let Some(member) = slot else { continue };
            if flags.contains(EventFlags::OUT) {
                drain(&epoll, id, member)?;
            }
            turn.resize(len + member.unfinished.len() + READ_OCTETS, 0);
            match read(member, &mut turn[len..]) {
                Ok(read) => len += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => *slot = None,
            }
        }
        if len > 0 {
            for (id, slot) in members.iter_mut().enumerate() {
                if let Some(member) = slot {
                    write(&epoll, id as u64, member, &turn[..len])?;
                }
            }
        }
    }
}

fn admit(
    epoll: &impl std::os::fd::AsFd,
    socket: TcpStream,
    members: &mut Vec<Option<Member>>,
) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    socket.set_nodelay(true)?;
    epoll::add(
        epoll,
        &socket,
        EventData::new_u64(members.len() as u64),
        EventFlags::IN,
    )?;
    members.push(Some(Member {
        socket,
        unfinished: Vec::new(),
        waiting: Vec::new(),
        taken: 0,
    }));
    Ok(())
}

/// Reads once; returns how many octets of whole lines are now at the start of `into`.
fn read(member: &mut Member, into: &mut [u8]) -> io::Result<usize> {
    let old = member.unfinished.len();
    into[..old].copy_from_slice(&member.unfinished);
    let new = (&member.socket).read(&mut into[old..])?;
    if new == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let end = old + new;
    let whole = memchr::memrchr(b'\n', &into[..end]).map_or(0, |at| at + 1);
    member.unfinished.clear();
    member.unfinished.extend_from_slice(&into[whole..end]);
    Ok(whole)
}

fn write(
    epoll: &impl std::os::fd::AsFd,
    id: u64,
    member: &mut Member,
    octets: &[u8],
) -> io::Result<()> {
    let mut taken = 0;
    if member.waiting.is_empty() {
        taken = (&member.socket).write(octets).unwrap_or(0);
        if taken == octets.len() {
            return Ok(());
        }
        epoll::modify(
            epoll,
            &member.socket,
            EventData::new_u64(id),
            EventFlags::IN | EventFlags::OUT,
        )?;
    }
    member.waiting.push(octets[taken..].into());
    Ok(())
}

fn drain(epoll: &impl std::os::fd::AsFd, id: u64, member: &mut Member) -> io::Result<()> {
    while let Some(first) = member.waiting.first() {
        match (&member.socket).write(&first[member.taken..]) {
            Ok(taken) => member.taken += taken,
            Err(_) => return Ok(()),
        }
        if member.taken == first.len() {
            member.waiting.remove(0);
            member.taken = 0;
        }
    }
    epoll::modify(
        epoll,
        &member.socket,
        EventData::new_u64(id),
        EventFlags::IN,
    )?;
    Ok(())
}
