//! Hands a connection to ureq and takes it back.
//!
//! ureq asks its connector for a connection in the middle of a call and says nothing about the
//! call. It makes its own pool of what it gets back: that pool makes a DNS lookup for every call,
//! probes connections under its lock, and is FIFO. So the library opens and pools connections
//! itself, and ureq only borrows one for an exchange:
//!
//! 1. The exchange takes a connection from the pool, or opens one, and puts it into a slot of its
//!    thread ([`Handover::new`]).
//! 2. ureq's connector takes the connection from the slot. ureq runs a call on the calling thread
//!    from start to end, so it is the same slot.
//! 3. When ureq drops the transport, at the end of the response or after a failure, the connection
//!    returns to the slot, with the record of how far the exchange has come.
//! 4. The exchange takes the connection back ([`Handover::take_back`]) and decides whether it goes
//!    to the pool. If there is a panic, the [`Handover`] drops the connection, which closes it.

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
    /// Without a destructor, because a program may make a call after the destructors of
    /// thread-local values have run: in an atexit handler, or in a destructor of pthread_key_create.
    /// The [`Handover`] always empties it.
    static SLOT: RefCell<Option<ManuallyDrop<Box<Connection>>>> = const { RefCell::new(None) };
}

fn put(connection: Box<Connection>) {
    SLOT.set(Some(ManuallyDrop::new(connection)));
}

fn take() -> Option<Box<Connection>> {
    SLOT.take().map(ManuallyDrop::into_inner)
}

/// The time during which ureq may take the connection of this thread.
pub struct Handover {
    /// Of one thread only.
    _not_send: PhantomData<*const ()>,
}

impl Handover {
    pub fn new(connection: Box<Connection>) -> Self {
        put(connection);
        Self { _not_send: PhantomData }
    }

    /// The connection. ureq must have dropped the response.
    pub fn take_back(self) -> Option<Box<Connection>> {
        take()
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        drop(take());
    }
}

/// Gives ureq the connection of this thread.
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
            is_tls: connection.is_tls(),
            connection: Some(connection),
            no_buffers: NoBuffers,
        }))
    }
}

/// A connection while ureq uses it.
#[derive(Debug)]
pub struct PooledTransport {
    /// `None` only while it is dropped.
    connection: Option<Box<Connection>>,
    is_tls: bool,
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

    /// ureq asks before it puts a connection into its own pool, which stays empty.
    fn is_open(&mut self) -> bool {
        false
    }

    fn is_tls(&self) -> bool {
        self.is_tls
    }
}

impl Drop for PooledTransport {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            put(connection);
        }
    }
}

/// The buffers of a transport without a connection.
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
