import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocketServer } from 'ws';
import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { TakeUpgrade } from '../../../session/http/http-activity.ts';
import { lastAnswer, sentenceHeaders } from '../../../session/http/http-status.ts';
import { LINK_PROTOCOL, LINK_RATES, MAX_LINK_MESSAGE_BYTES } from '../../fleet-link/link-limits.ts';
import type { HouseLinks } from './house-links.ts';
import type { RelayLink } from './relay-link.ts';
import { type LinkPeer, type ProverParts, RelayProver } from './relay-proof.ts';

/** What somebody is told who gets no link. */
interface LinkRefusal {
  readonly status: number;
  readonly sentence: string;
  /** As it says itself, where it does. */
  readonly id?: string | undefined;
}

/** What the entrance needs of its house. */
export interface LinkEntranceParts extends ProverParts {
  readonly log: Log;
  readonly links: HouseLinks;
  /** Whether somebody may show a key without TLS. @param address - normalized */
  mayBePlain(address: string): boolean;
}

/** A relay whose link is over has so long to say so too, milliseconds. */
const CLOSE_MS = 2000;

const webSocketOptions: ServerOptions & {
  readonly closeTimeout: number;
  readonly maxPendingAutoPongs: number;
} = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_LINK_MESSAGE_BYTES,
  maxFragments: 256,
  maxBufferedChunks: 4096,
  closeTimeout: CLOSE_MS,
  maxPendingAutoPongs: LINK_RATES.messages.atOnce, // more would be too many messages anyway
  handleProtocols: () => LINK_PROTOCOL,
};

/** Takes requests for links: whoever proves to be a relay of the fleet gets one. */
export class LinkEntrance {
  readonly #parts: LinkEntranceParts;
  readonly #prover: RelayProver;
  readonly #webSockets = new WebSocketServer(webSocketOptions);

  constructor(parts: LinkEntranceParts) {
    this.#parts = parts;
    this.#prover = new RelayProver(parts);
  }

  /** Takes a connection of the house's listeners. */
  readonly take: TakeUpgrade = (request, socket, head, visitor) => {
    const asked = visitor.request(
      'operate',
      { readings: [], credentials: {}, origin: undefined, path: [] },
      'begin',
    );
    const { address, isTls, credentials } = asked;
    const peer = { address, isTls, certificateNames: credentials.certificate?.names ?? [] };
    this.upgrade(request, socket, head, peer, (link) => {
      visitor.accept();
      visitor.onDismiss(() => link.close('shutdown', 'the house stops'));
    });
  };

  /**
   * Answers a request for `LINK_PATH`, and has its socket from now on.
   * @param peer - who asks @param onLinked - told of the link that it gets
   */
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    peer: LinkPeer,
    onLinked: (link: RelayLink) => void = () => {},
  ): void {
    const left = new AbortController();
    const onClosed = (): void => left.abort();
    socket.on('error', onClosed);
    socket.on('close', onClosed);
    this.#admit(request, peer, left.signal)
      .then((admitted) => {
        if (left.signal.aborted) return;
        if ('status' in admitted) this.#refuse(socket, peer, admitted);
        else
          this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
            onLinked(this.#parts.links.take(webSocket, admitted, peer.address, request.headers.host ?? '')),
          );
      })
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
    { headers }: IncomingMessage,
    peer: LinkPeer,
    left: AbortSignal,
  ): Promise<RosterEntry | LinkRefusal> {
    if (!peer.isTls && !this.#parts.mayBePlain(peer.address))
      return {
        status: 403,
        sentence: 'links of relays need TLS here: use https, and give the relay another key',
      };
    const proof = await this.#prover.prove(headers.authorization, peer, left);
    if (proof.is === 'refused') return proof;
    const { entry } = proof;
    const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
    if (offered?.includes(LINK_PROTOCOL) === true) return entry;
    const sentence = `this house speaks ${LINK_PROTOCOL}, and the relay does not offer it`;
    return { status: 400, sentence, id: entry.id };
  }

  #refuse(socket: Duplex, { address }: LinkPeer, { status, sentence, id }: LinkRefusal): void {
    const log = this.#parts.log.of('peer', address);
    const who = id === undefined ? 'a relay' : `relay ${id}`;
    log.warn('link-refused', `${who} from ${address} was refused: ${sentence}`, {
      ...{ id, address, reason: status },
    });
    const text = `${sentence}\n`;
    const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="relays"' } : {};
    socket.on('error', () => {});
    socket.once('finish', () => socket.destroy());
    socket.end(lastAnswer(status, { ...sentenceHeaders(status, text), ...challenge }, text, true));
  }
}
