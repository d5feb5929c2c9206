/** Resets a connection, in whatever state it is. */
import type { Socket } from 'node:net';

/**
 * Has the peer's connection end with a reset. One that is not connected yet has no peer. One that is just closing its half cannot be reset:
 * Node would never close its handle (libuv refuses `uv_tcp_close_reset` then), and the thread could never end. It is closed: the peer is
 * told with its next byte, or at once where it has sent some that nobody has read.
 */
export function resetSocket(socket: Socket): void {
  const isClosingHalf = socket.writableEnded && !socket.writableFinished;
  if (socket.connecting || isClosingHalf) socket.destroy();
  else socket.resetAndDestroy();
}
