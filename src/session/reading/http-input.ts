import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { isTlsSocket } from '../../built-in.ts';
import { Work, type WorkMeter } from '../../protocol/work-meter.ts';
import type { Clock } from '../../stream/clock.ts';
import { type InputReader, PacedInput } from './paced-input.ts';

/**
 * Paces a connection that node:http reads, from its first byte on: a body may come in pieces of one byte right behind its head, and
 * records of TLS may have one byte. Heads alone are little work and need not wait for their turn.
 */
export function paceHttp(socket: Socket, clock: Clock, reader: InputReader): PacedInput {
  const input = new PacedInput(clock, reader);
  input.pace.isPending = isTlsSocket(socket);
  input.attach(socket);
  // node:http reads past the stream of a socket until somebody listens to that
  const listen = (): void => {};
  socket.on('data', listen).off('data', listen);
  return input;
}

/** Has each piece of a body counted when node:http has told it apart, whoever reads the body and whenever that is. */
export function meterBody(body: IncomingMessage, meter: WorkMeter): void {
  const push = body.push.bind(body);
  body.push = (piece: Buffer | null) => {
    if (piece !== null) meter.spend(Work.libraryPiece, piece.length);
    return push(piece);
  };
}
