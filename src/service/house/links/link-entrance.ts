import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { type ServerOptions, WebSocketServer } from 'ws';
import { normalizeAddress } from '../../../config/networks.ts';
import { certificateOf } from '../../../credentials/client-certificate.ts';
import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import { LINK_PROTOCOL, MAX_LINK_MESSAGE_BYTES } from '../../fleet-link/link-limits.ts';
import type { HouseLinks } from './house-links.ts';
import { type LinkPeer, type ProverParts, RelayProver } from './relay-proof.ts';

/** What the entrance needs of its house. */
export interface LinkEntranceParts extends ProverParts {
  readonly log: Log;
  readonly links: HouseLinks;
  /** Whether somebody may show a key without TLS. @param address - normalized */
  mayBePlain(address: string): boolean;
}

/** A relay whose link is over has so long to say so too, milliseconds. */
const CLOSE_MS = 2000;

const webSocketOptions: ServerOptions & { readonly closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_LINK_MESSAGE_BYTES,
  maxFragments: 256,
  maxBufferedChunks: 4096,
  closeTimeout: CLOSE_MS,
  handleProtocols: () => LINK_PROTOCOL,
};

/** Those that are blocked come again after this, seconds. */
const RETRY_SECONDS = 5;

/** Takes requests for links: whoever proves to be a relay of the fleet gets one. */
export class LinkEntrance {
  readonly #parts: LinkEntranceParts;
  readonly #prover: RelayProver;
  readonly #webSockets = new WebSocketServer(webSocketOptions);

  constructor(parts: LinkEntranceParts) {
    this.#parts = parts;
    this.#prover = new RelayProver(parts);
  }

  /**
   * Answers a request for `LINK_PATH`, and has its socket from now on.
   * @param peer - who asks, where that is not whoever is at the other end of the socket
   */
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    peer: LinkPeer = peerOf(request.socket),
  ): void {
    const left = new AbortController();
    const onClosed = (): void => left.abort();
    socket.on('error', onClosed);
    socket.on('close', onClosed);
    this.#admit(request, socket, head, peer, left.signal)
      .catch((error: unknown) => {
        this.#parts.log.error('bug', bugText(error));
        socket.destroy();
      })
      .finally(() => {
        socket.off('error', onClosed);
        socket.off('close', onClosed);
      });
  }

  async #admit(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    peer: LinkPeer,
    left: AbortSignal,
  ): Promise<void> {
    const { links, mayBePlain } = this.#parts;
    if (!peer.isTls && !mayBePlain(peer.address)) {
      this.#refuse(
        socket,
        peer,
        403,
        'links of relays need TLS here: use https, and take a new key for the relay',
      );
      return;
    }
    const proof = await this.#prover.prove(request.headers.authorization, peer, left);
    if (left.aborted) return;
    if (proof.is === 'refused') {
      this.#refuse(socket, peer, proof.status, proof.sentence, proof.id);
      return;
    }
    const { entry } = proof;
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
    if (offered?.includes(LINK_PROTOCOL) !== true) {
      const sentence = `this house speaks ${LINK_PROTOCOL}, and the relay does not offer it`;
      this.#refuse(socket, peer, 400, sentence, entry.id);
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      links.take(webSocket, entry, peer.address, request.headers.host ?? ''),
    );
  }

  #refuse(socket: Duplex, { address }: LinkPeer, status: number, sentence: string, id?: string): void {
    const log = this.#parts.log.of('peer', address);
    const who = id === undefined ? 'a relay' : `relay ${id}`;
    log.warn('link-refused', `${who} from ${address} was refused: ${sentence}`, {
      ...{ id, address, reason: status },
    });
    const body = `${sentence}\n`;
    const extra =
      status === 401
        ? ['WWW-Authenticate: Basic realm="relays"']
        : status === 429
          ? [`Retry-After: ${RETRY_SECONDS}`]
          : [];
    const lines = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      ...extra,
    ];
    socket.on('error', () => {});
    socket.once('finish', () => socket.destroy());
    socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  }
}

/** Who is at the other end of a socket. */
export function peerOf(socket: Socket): LinkPeer {
  return {
    address: normalizeAddress(socket.remoteAddress ?? ''),
    isTls: socket instanceof TLSSocket,
    certificateNames: certificateOf(socket)?.names ?? [],
  };
}
