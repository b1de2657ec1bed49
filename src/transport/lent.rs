//! A connection as ureq sees it while it serves a call: the head and the body are sent together,
//! and afterwards the exchange decides whether the connection goes back to the pool.

use std::cell::RefCell;
use std::io;
use std::mem::{self, ManuallyDrop};
use std::sync::Arc;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use super::attempt::Attempt;
use super::connection::{Connection, END_OF_HEAD};
use super::failure::Failure;
use super::pool::Pool;

/// A connection while it serves a call.
#[derive(Debug)]
pub struct Lent {
    connection: Lending,
    pool: Arc<Pool>,
    is_head_gathered: bool,
    body_left: usize,
    is_tls: bool,
}

#[derive(Debug)]
enum Lending {
    Out(Connection),
    /// Its exchange is over.
    Back(NoBuffers),
}

thread_local! {
    /// The connection of the exchange that has ended on this thread, if ureq considers it
    /// reusable. The exchange always takes it. Without a destructor, because a program may make a
    /// call after the destructors have run: in an atexit handler, or in a destructor of
    /// pthread_key_create.
    static FINISHED: RefCell<Option<ManuallyDrop<Connection>>> = const { RefCell::new(None) };
}

/// The connection of the exchange that has just ended on this thread, if ureq considers it
/// reusable.
pub fn take_finished() -> Option<Connection> {
    FINISHED.take().map(ManuallyDrop::into_inner)
}

impl Lent {
    pub fn new(connection: Connection, pool: Arc<Pool>) -> Self {
        Self {
            is_tls: connection.is_tls(),
            connection: Lending::Out(connection),
            pool,
            is_head_gathered: false,
            body_left: Attempt::body_len(),
        }
    }

    fn connection(&mut self) -> Result<&mut Connection, Failure> {
        match &mut self.connection {
            Lending::Out(connection) => Ok(connection),
            Lending::Back(_) => Err(Failure::Broken(io::ErrorKind::NotConnected.into())),
        }
    }

    /// `amount` bytes more are to be sent; they leave with the last of them, or when the buffer is
    /// full.
    fn gather(&mut self, amount: usize) -> Result<(), Failure> {
        let Lending::Out(connection) = &mut self.connection else {
            return self.connection().map(drop);
        };
        connection.gather(amount);
        if self.is_head_gathered {
            self.body_left = self.body_left.saturating_sub(amount);
        } else if connection.gathered().ends_with(END_OF_HEAD) {
            connection.add_headers(self.pool.headers())?;
            self.is_head_gathered = true;
        }
        let is_complete = self.is_head_gathered && self.body_left == 0;
        if is_complete || connection.output().is_empty() {
            connection.flush()?;
        }
        if is_complete {
            Attempt::sent_everything();
        }
        Ok(())
    }
}

impl Transport for Lent {
    fn buffers(&mut self) -> &mut dyn Buffers {
        match &mut self.connection {
            Lending::Out(connection) => connection,
            Lending::Back(nothing) => nothing,
        }
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        Ok(self.gather(amount)?)
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        Ok(self.connection()?.receive()? > 0)
    }

    /// ureq calls this when it has read an API response to its end, before it puts the connection
    /// into its own pool. The exchange gets the connection instead, because it knows the headers,
    /// and ureq has nothing to pool: its pool makes a DNS lookup for every call, checks connections
    /// under its lock, and is FIFO.
    fn is_open(&mut self) -> bool {
        let back = Lending::Back(NoBuffers);
        if let Lending::Out(connection) = mem::replace(&mut self.connection, back) {
            FINISHED.set(Some(ManuallyDrop::new(connection)));
        }
        false
    }

    fn is_tls(&self) -> bool {
        self.is_tls
    }
}

/// The buffers of a connection that is no longer there.
#[derive(Debug)]
struct NoBuffers;

impl Buffers for NoBuffers {
    fn output(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input(&self) -> &[u8] {
        &[]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input_appended(&mut self, _: usize) {}

    fn input_consume(&mut self, _: usize) {}

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut [], &mut [])
    }

    fn can_use_input(&self) -> bool {
        false
    }
}
