import type { TunnelVerb } from '../../../../protocol/rtmpt/rtmpt-path.ts';
import type { TunnelEntrance } from '../../../../session/rtmpt/carried-request.ts';
import type { BodyTaker, TunnelReply, TunnelRequest } from '../../../../session/rtmpt/tunnel-request.ts';

/** Of a body so many bytes are on the way to the other worker at the most. */
const MAX_UNTAKEN_BYTES = 64 * 1024;

/** What two workers tell each other about a request of a tunnel that one of them keeps and the other has got. Ids are that one's. */
export type TunnelNews =
  | {
      readonly say: 'request';
      readonly tunnel: string;
      /** From where it has come, normalized. */
      readonly address: string;
      readonly verb: TunnelVerb;
      readonly number: number;
    }
  | { readonly say: 'piece'; readonly bytes: Uint8Array }
  | { readonly say: 'body-end'; readonly isWhole: boolean }
  /** Its connection is gone. */
  | { readonly say: 'lost' }
  /** Another request waits behind it. */
  | { readonly say: 'hurry' }
  /** From the keeper: its turn has come. */
  | { readonly say: 'body' }
  /** There is room for so much more. */
  | { readonly say: 'taken'; readonly bytes: number }
  | {
      readonly say: 'answer';
      readonly interval: number;
      readonly bytes: Uint8Array;
      readonly isAccepted: boolean;
    }
  | { readonly say: 'refuse'; readonly status: number; readonly sentence: string };

/** What the passing of requests needs of the link to the other worker. */
export interface TunnelPassingHost {
  post(id: number, news: TunnelNews): void;
  /** A tunnel that is kept here, for whoever asks from an address. */
  find(tunnel: string, address: string): TunnelEntrance | undefined;
}

/** A request that has come here, of a tunnel that is kept there. */
interface Sent {
  readonly request: TunnelRequest;
  readonly entrance: DistantTunnel;
  untakenBytes: number;
}

/** Passes the requests of tunnels between two workers: clients come by several connections, which lead to any of them. */
export class TunnelPassing {
  readonly #host: TunnelPassingHost;
  #lastId = 0;
  readonly #sent = new Map<number, Sent>();
  readonly #received = new Map<number, DistantRequest>();

  constructor(host: TunnelPassingHost) {
    this.#host = host;
  }

  /** The way to a tunnel that is kept there, if it is. @param address - of whoever asks */
  entrance(tunnel: string, address: string): TunnelEntrance {
    return new DistantTunnel({
      offer: (request, entrance) => {
        const id = ++this.#lastId;
        const { verb, number } = request;
        this.#sent.set(id, { request, entrance, untakenBytes: 0 });
        this.#host.post(id, { say: 'request', tunnel, address, verb, number });
        return id;
      },
      tell: (id, news) => {
        if (this.#sent.has(id)) this.#host.post(id, news);
        if (news.say === 'lost') this.#sent.delete(id);
      },
    });
  }

  onNews(id: number, news: TunnelNews): void {
    switch (news.say) {
      case 'request':
        this.#onRequest(id, news);
        return;
      case 'piece':
        this.#received
          .get(id)
          ?.onPiece(Buffer.from(news.bytes.buffer, news.bytes.byteOffset, news.bytes.length));
        return;
      case 'body-end':
        this.#received.get(id)?.onBodyEnd(news.isWhole);
        return;
      case 'lost':
        this.#received.get(id)?.lose();
        this.#received.delete(id);
        return;
      case 'hurry':
        this.#received.get(id)?.hurry();
        return;
      default:
        this.#onReply(id, news);
    }
  }

  /** The other worker is gone. */
  close(): void {
    for (const { request } of this.#sent.values()) request.refuse(404, 'the session was lost');
    this.#sent.clear();
    for (const request of this.#received.values()) request.lose();
    this.#received.clear();
  }

  // --- as the keeper

  #onRequest(id: number, { tunnel, address, verb, number }: TunnelNews & { readonly say: 'request' }): void {
    const entrance = this.#host.find(tunnel, address);
    if (entrance === undefined) {
      this.#host.post(id, { say: 'refuse', status: 404, sentence: 'there is no such session here' });
      return;
    }
    const request = new DistantRequest({ verb, number, entrance }, (news) => {
      if (news.say === 'answer' || news.say === 'refuse') this.#received.delete(id);
      this.#host.post(id, news);
    });
    this.#received.set(id, request);
    entrance.offer(request);
  }

  // --- as the one that has got it

  #onReply(id: number, news: TunnelNews): void {
    const sent = this.#sent.get(id);
    if (sent === undefined) return;
    const { request, entrance } = sent;
    if (news.say === 'body') request.takeBody(this.#taker(id, sent));
    else if (news.say === 'taken') {
      sent.untakenBytes -= news.bytes;
      if (sent.untakenBytes < MAX_UNTAKEN_BYTES) request.holdBody(false);
    } else {
      this.#sent.delete(id);
      if (news.say === 'answer') {
        entrance.isAccepted = news.isAccepted;
        const bytes = Buffer.from(news.bytes.buffer, news.bytes.byteOffset, news.bytes.length);
        request.answer({ interval: news.interval, pieces: [bytes] });
      } else if (news.say === 'refuse') {
        entrance.isOpen = news.status !== 404;
        request.refuse(news.status, news.sentence);
      }
    }
  }

  #taker(id: number, sent: Sent): BodyTaker {
    return {
      onPiece: (bytes) => {
        if (!this.#sent.has(id)) return;
        sent.untakenBytes += bytes.length;
        this.#host.post(id, { say: 'piece', bytes: new Uint8Array(bytes) });
        if (sent.untakenBytes >= MAX_UNTAKEN_BYTES) sent.request.holdBody(true);
      },
      onEnd: (isWhole) => {
        if (this.#sent.has(id)) this.#host.post(id, { say: 'body-end', isWhole });
      },
    };
  }
}

/** How a distant tunnel reaches the worker that keeps it. */
interface WayThere {
  /** @returns the id of the request */
  offer(request: TunnelRequest, entrance: DistantTunnel): number;
  tell(id: number, news: TunnelNews & { readonly say: 'lost' | 'hurry' }): void;
}

/** A tunnel that another worker keeps, for one request; what is known of it is what came with the last answer. */
class DistantTunnel implements TunnelEntrance {
  isOpen = true;
  isAccepted = false;
  readonly #way: WayThere;
  #id = 0;

  constructor(way: WayThere) {
    this.#way = way;
  }

  offer(request: TunnelRequest): void {
    this.#id = this.#way.offer(request, this);
  }

  lose(): void {
    this.#way.tell(this.#id, { say: 'lost' });
  }

  hurry(): void {
    this.#way.tell(this.#id, { say: 'hurry' });
  }
}

/** What is known of a request that another worker has got. */
interface DistantFacts extends Pick<TunnelRequest, 'verb' | 'number'> {
  readonly entrance: TunnelEntrance;
}

/** A request of a tunnel that is kept here, as another worker has got it. */
class DistantRequest implements TunnelRequest {
  readonly verb: TunnelVerb;
  readonly number: number;
  readonly #entrance: TunnelEntrance;
  readonly #tell: (news: TunnelNews) => void;
  #taker: BodyTaker | undefined;
  #isHeld = false;
  /** What was taken while the rest is to wait. */
  #takenBytes = 0;

  constructor({ verb, number, entrance }: DistantFacts, tell: (news: TunnelNews) => void) {
    this.verb = verb;
    this.number = number;
    this.#entrance = entrance;
    this.#tell = tell;
  }

  takeBody(taker: BodyTaker): void {
    this.#taker = taker;
    this.#tell({ say: 'body' });
  }

  holdBody(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#sayTaken();
  }

  answer({ interval, pieces }: TunnelReply): void {
    const bytes = new Uint8Array(Buffer.concat(pieces));
    this.#tell({ say: 'answer', interval, bytes, isAccepted: this.#entrance.isAccepted });
  }

  refuse(status: number, sentence: string): void {
    this.#tell({ say: 'refuse', status, sentence });
  }

  onPiece(bytes: Buffer): void {
    this.#taker?.onPiece(bytes);
    this.#takenBytes += bytes.length;
    this.#sayTaken();
  }

  onBodyEnd(isWhole: boolean): void {
    this.#taker?.onEnd(isWhole);
  }

  lose(): void {
    this.#taker?.onEnd(false);
    this.#entrance.lose(this);
  }

  hurry(): void {
    this.#entrance.hurry();
  }

  #sayTaken(): void {
    if (this.#isHeld || this.#takenBytes === 0) return;
    this.#tell({ say: 'taken', bytes: this.#takenBytes });
    this.#takenBytes = 0;
  }
}
