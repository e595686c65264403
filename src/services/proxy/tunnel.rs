//! WebSockets through a proxy: the handshake is the target's, and what follows passes as it is, in
//! both directions.

use std::io;

use actix_web::HttpResponse;
use actix_web::body::BodyStream;
use actix_web::dev::{Payload, RequestHead};
use actix_web::http::{Method, Version, header};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use hyper::HeaderMap;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};

use super::relay;

/// As much is read at once, in bytes.
const PIECE: usize = 16 * 1024;

/// Whether a request is one for a socket, as those are that work out (RFC 6455, section 4.2.1); any
/// other offer of another protocol is left out of what is passed on.
pub(super) fn is_asked(head: &RequestHead) -> bool {
    let headers = head.headers();
    let mut offers = headers.get_all(header::UPGRADE);
    let only = match (offers.next(), offers.next()) {
        (Some(offer), None) => offer
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"websocket"),
        _ => false,
    };
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || headers
            .get(header::CONTENT_LENGTH)
            .is_some_and(|length| length.as_bytes().trim_ascii() != b"0");
    only && head.method == Method::GET && head.version == Version::HTTP_11 && !has_body
}

/// The answer that opens the socket.
pub(super) fn open(headers: &HeaderMap, upgraded: Upgraded, payload: Payload) -> HttpResponse {
    let (reader, writer) = tokio::io::split(TokioIo::new(upgraded));
    actix_web::rt::spawn(to_target(payload, writer));
    let mut response = relay::head(101, headers);
    // Set by hand, the header becomes "close, upgrade", which Qt refuses.
    response.upgrade("websocket");
    response.body(BodyStream::new(from_target(reader)))
}

/// Passes on what the client sends, until either side ends.
async fn to_target(mut payload: Payload, mut writer: WriteHalf<TokioIo<Upgraded>>) {
    while let Some(Ok(bytes)) = payload.next().await {
        if writer.write_all(&bytes).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
    // It is gone already, or goes now.
    let _ = writer.shutdown().await;
}

fn from_target(reader: ReadHalf<TokioIo<Upgraded>>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(
        (reader, BytesMut::new()),
        |(mut reader, mut buffer)| async {
            buffer.reserve(PIECE);
            match reader.read_buf(&mut buffer).await {
                Ok(0) => None,
                Ok(_) => {
                    let bytes = buffer.split().freeze();
                    Some((Ok(bytes), (reader, buffer)))
                }
                Err(error) => Some((Err(error), (reader, buffer))),
            }
        },
    )
}
