//! A stream that hears why the other end went.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// In TLS 1.3 a server that refuses a certificate says so after the client's handshake, and closes. A client that writes just then
/// learns from its system that the line is broken, and the alert that says why lies unread. Here a write that fails reads first.
pub(super) struct LastWord<S>(pub(super) S);

impl<S: AsyncRead + Unpin> LastWord<S> {
    /// The error that lies unread, if there is one; else that of the write.
    fn heard(&mut self, context: &mut Context<'_>, error: io::Error) -> io::Error {
        let mut bytes = [0; 1024];
        loop {
            let mut unread = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.0).poll_read(context, &mut unread) {
                Poll::Ready(Ok(())) if !unread.filled().is_empty() => {}
                Poll::Ready(Err(said)) if super::tls_error(&said).is_some() => return said,
                _ => return error,
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for LastWord<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.0).poll_write(context, bytes));
        Poll::Ready(written.map_err(|error| self.heard(context, error)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.0).poll_flush(context));
        Poll::Ready(flushed.map_err(|error| self.heard(context, error)))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for LastWord<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, bytes)
    }
}
