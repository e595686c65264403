//! Documents by themselves, on a port of loopback that the system chooses: for whoever wants to
//! know what a client makes of a tree, without a server for people.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};

use super::accept::KEEP_ALIVE;
use super::listen::FIRST as FIRST_PORT;
use crate::access::{Access, AccessConfig, guard};
use crate::config::Port;
use crate::documents::{self, Documents, Missing};
use crate::live::client_files;
use crate::tree::Tree;

/// Documents that are served.
pub(crate) struct Served {
    /// Where.
    pub(crate) address: SocketAddr,
    /// What ends it.
    pub(crate) handle: ServerHandle,
}

/// Serves the documents of a tree and the parts of the client, and nothing else, to this machine.
/// `usual` is the port at which people serve this tree: what a document asks for at `localhost`
/// there is the tree's own.
///
/// # Errors
/// The system gives no port.
pub(crate) fn serve_documents(tree: Arc<Tree>, usual: Port) -> io::Result<Served> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let access = Data::new(Access::new(AccessConfig::default()));
    let usual = match usual {
        Port::FirstFree => FIRST_PORT,
        Port::Given(port) => port,
    };
    access.listen_on(vec![address, (Ipv4Addr::LOCALHOST, usual).into()]);
    let documents = Data::new(Documents {
        tree,
        access: access.clone(),
        missing: Missing::default(),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(access.clone())
            .app_data(documents.clone())
            .route(
                "/@qmlserve/{file}",
                web::get().to(client_files::serve_parts),
            )
            .default_service(web::to(documents::serve))
            .wrap(from_fn(guard))
    })
    .workers(1)
    .disable_signals()
    .client_request_timeout(Duration::ZERO)
    .keep_alive(KEEP_ALIVE)
    .tcp_nodelay(true)
    .listen(listener)?
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(Served { address, handle })
}
