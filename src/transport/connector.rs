//! New connections: name lookup, TCP and TLS, each recorded, and the bytes that go through them.

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, RustlsConnector, TcpConnector, Transport,
};

use super::BUFFER_LEN;
use super::progress::{Progress, Stage};

/// ureq resolves before it looks into its pool, on every call; this leaves it to [`NewConnection`].
#[derive(Debug)]
pub struct Deferred;

impl Resolver for Deferred {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// Opens connections; asked only when no pooled one serves.
#[derive(Debug, Default)]
pub struct NewConnection {
    resolver: DefaultResolver,
    tcp: TcpConnector,
    tls: RustlsConnector,
}

impl Connector for NewConnection {
    type Out = Counted<Box<dyn Transport>>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        Progress::enter(Stage::Lookup);
        let addrs = self.resolver.resolve(details.uri, details.config, details.timeout)?;
        Progress::enter(Stage::Tcp);
        let details = ConnectionDetails {
            addrs,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
            ..*details
        };
        let tcp = self.tcp.connect(&details, None::<()>)?;
        Progress::enter(Stage::Tls);
        let tls = self.tls.connect(&details, tcp)?;
        Progress::enter(Stage::Exchange);
        Ok(tls.map(|transport| Counted(Box::new(transport) as Box<dyn Transport>)))
    }
}

/// Records what passes through a connection.
#[derive(Debug)]
pub struct Counted<T>(T);

impl<T: Transport> Transport for Counted<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        Progress::enter(Stage::Exchange);
        self.0.transmit_output(amount, timeout)?;
        if let Some(bytes) = self.0.buffers().output().get(..amount) {
            Progress::sent(bytes);
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        // Reading into no space gives nothing, which ureq would take for the end of the stream.
        if self.0.buffers().input_append_buf().is_empty() {
            return Err(Error::LargeResponseHeader(BUFFER_LEN, BUFFER_LEN));
        }
        let before = self.0.buffers().input().len();
        let has_more = self.0.await_input(timeout)?;
        Progress::received(self.0.buffers().input().len().saturating_sub(before));
        Ok(has_more)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
