//! Gives a connection to ureq for one exchange, and takes it back.
//!
//! ureq would make a DNS lookup for each call. Its connection pool probes connections while it
//! holds its lock, and reuses them in FIFO order. So the library has its own pool and opener, and
//! ureq only borrows a connection for each exchange.
//!
//! The problem is that ureq asks its connector for a connection in the middle of a call, and tells
//! it nothing about the call. The two sides therefore meet in a thread-local slot, which works
//! because ureq runs a call on the calling thread from start to end:
//!
//! 1. The exchange takes a connection from the pool, or opens one, and puts it into the slot
//!    ([`Handover::new`]).
//! 2. ureq calls its connector ([`PoolConnector`]), which takes the connection out of the slot and
//!    wraps it in a [`PooledTransport`]. The connection now belongs to ureq.
//! 3. ureq drops the transport, either when it has read the response or after a failure. The drop
//!    puts the connection back into the slot. The connection also contains the record of how far
//!    the exchange came.
//! 4. The exchange takes the connection out of the slot ([`Handover::take_back`]) and decides
//!    whether it returns to the pool.
//!
//! The slot never contains the connection of another call. If there is a panic between steps 1 and
//! 4, the drop of the [`Handover`] empties the slot and closes the connection.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, Transport as UreqTransport,
};

use super::connection::Connection;
use super::failure::Failure;

thread_local! {
    /// `ManuallyDrop` makes it a thread-local without a destructor, which stays usable after the
    /// thread's destructors have run. A program may make a call that late: in an atexit handler or
    /// in a destructor of pthread_key_create. Nothing leaks, because [`Handover`] empties the slot.
    static SLOT: RefCell<Option<ManuallyDrop<Box<Connection>>>> = const { RefCell::new(None) };
}

/// Puts `connection` into the slot. Another connection in it, which cannot be there, is closed.
fn put(connection: Box<Connection>) {
    let other = SLOT.replace(Some(ManuallyDrop::new(connection)));
    drop(other.map(ManuallyDrop::into_inner));
}

fn take() -> Option<Box<Connection>> {
    SLOT.take().map(ManuallyDrop::into_inner)
}

/// The guard of the slot: while it exists, ureq can take the connection. Its drop empties the slot.
pub struct Handover {
    /// Makes the type `!Send`, because the slot is thread-local.
    _not_send: PhantomData<*const ()>,
}

impl Handover {
    pub fn new(connection: Box<Connection>) -> Self {
        put(connection);
        Self { _not_send: PhantomData }
    }

    /// Takes the connection back. ureq must have dropped the response. `None` means that ureq still
    /// has the connection, which is a bug.
    pub fn take_back(self) -> Option<Box<Connection>> {
        take()
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        drop(take());
    }
}

/// The ureq connector. It returns the connection in the slot of this thread.
#[derive(Debug)]
pub struct PoolConnector;

impl Connector for PoolConnector {
    type Out = PooledTransport;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<PooledTransport>, Error> {
        Ok(take().map(|connection| PooledTransport {
            connection: Some(connection),
            no_buffers: NoBuffers,
        }))
    }
}

/// The ureq transport: a connection that ureq has borrowed.
#[derive(Debug)]
pub struct PooledTransport {
    /// `None` only during drop.
    connection: Option<Box<Connection>>,
    no_buffers: NoBuffers,
}

impl PooledTransport {
    fn connection(&mut self) -> Result<&mut Connection, Failure> {
        self.connection.as_deref_mut().ok_or(Failure::Unexpected)
    }
}

impl UreqTransport for PooledTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        match &mut self.connection {
            Some(connection) => &mut **connection,
            None => &mut self.no_buffers,
        }
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        Ok(self.connection()?.transmit(amount)?)
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        Ok(self.connection()?.receive()?)
    }

    /// ureq calls this before it adds a connection to its own pool, which must stay empty.
    fn is_open(&mut self) -> bool {
        false
    }

    fn is_tls(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.is_tls())
    }
}

impl Drop for PooledTransport {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            put(connection);
        }
    }
}

/// The empty buffers of a transport that has no connection.
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
