import { isRtmptPath, RTMPT_CONTENT_TYPE, readRtmptPath } from '../../protocol/rtmpt/rtmpt-path.ts';
import type { CapturedFlow } from '../record.ts';
import { type BodySink, unread } from './body-sink.ts';
import type { CapturedTunnel, CapturedTunnels } from './captured-tunnels.ts';
import { HeldBody } from './held-body.ts';
import type { HttpHead } from './http-head.ts';

/** So many requests may wait for their answers, and answers for their requests: more is nobody's connection. */
const MAX_WAITING = 256;
/** Of an answer, what tells the client when to ask again. */
const INTERVAL_BYTES = 1;
/** All of a body is none of the tunnel's. */
const ALL_BYTES: number = Number.POSITIVE_INFINITY;
/** An answer to a request that opens a tunnel is as long as the id that it brings, bytes. */
const MAX_ID_BYTES = 64;
const TUNNEL_ID = /^[\w.~-]{1,62}\r?\n?$/;

/** What was asked, as far as it matters to the answer. */
type Asked =
  | {
      readonly is: 'carried';
      readonly tunnel: CapturedTunnel;
      readonly number: number;
      readonly isLast: boolean;
    }
  | { readonly is: 'other' };

interface Answered {
  readonly isCarried: boolean;
  readonly body: HeldBody;
}

/**
 * What the two directions of a connection of HTTP know of each other: which answer belongs to which request. They do not come in the
 * order in which they were sent, as a busy machine captures them.
 */
export class HttpConversation {
  readonly #tunnels: CapturedTunnels;
  readonly #hasRequests: boolean;
  #requests: Asked[] = [];
  #answers: Answered[] = [];
  /** Whether the next request belongs to the next answer; else an answer may be one to a request that is not in the capture. */
  #isInStep: boolean;
  /** An answer to a request that is not in the capture, or is still to come. */
  #orphan: Answered | undefined;
  #alone: AnswersAlone | undefined;

  /** @param side - what of the connection there is */
  constructor(tunnels: CapturedTunnels, side: 'both' | 'from the middle' | 'one direction') {
    this.#tunnels = tunnels;
    this.#hasRequests = side !== 'one direction';
    this.#isInStep = side === 'both';
  }

  /** Whether a head is one of those that carry a tunnel again and again: all that matters is in the bodies. */
  isCarrier({ method, path, status, of }: HttpHead): boolean {
    if (status !== undefined) return status === 200 && of('content-type') === RTMPT_CONTENT_TYPE;
    if (method !== 'POST' || !isRtmptPath(path)) return false;
    const { is } = readRtmptPath(path);
    return is === 'send' || is === 'idle';
  }

  /** Takes the head of a request. @returns what reads its body, where that is part of a tunnel */
  request(head: HttpHead, flow: CapturedFlow): BodySink | undefined {
    const path = head.method === 'POST' && isRtmptPath(head.path) ? readRtmptPath(head.path) : undefined;
    if (path === undefined || !('tunnel' in path)) {
      this.#ask({ is: 'other' });
      return path === undefined ? undefined : unread;
    }
    const tunnel = this.#tunnels.of(path.tunnel, flow);
    const { number } = path;
    const isLast = path.is === 'close';
    this.#ask({ is: 'carried', tunnel, number, isLast });
    const body = new HeldBody(this.#tunnels.budget);
    tunnel.toServer.add({ number, body, isLast, passedBytes: path.is === 'send' ? 0 : ALL_BYTES });
    return body;
  }

  /** Takes the head of an answer. @returns what reads its body, where that is part of a tunnel, or may be */
  answer(head: HttpHead): BodySink | undefined {
    const isCarried = this.isCarrier(head);
    if (!this.#hasRequests) {
      if (!isCarried) return undefined;
      this.#alone ??= new AnswersAlone(this.#tunnels);
      return this.#alone.next();
    }
    const asked = this.#requests.shift();
    const body = new HeldBody(this.#tunnels.budget);
    const answered: Answered = { isCarried, body };
    if (asked !== undefined) this.#match(asked, answered);
    else if (!this.#isInStep) this.#orphan = answered;
    else if (this.#answers.push(answered) > MAX_WAITING) this.lose();
    return isCarried ? body : undefined;
  }

  /** Heads are not in the capture: what comes next belongs to nothing that came before. */
  lose(): void {
    this.#requests = [];
    for (const answered of this.#answers) drop(answered);
    this.#answers = [];
    this.#isInStep = false;
  }

  #ask(asked: Asked): void {
    if (!this.#isInStep) {
      const orphan = this.#orphan;
      this.#orphan = undefined;
      this.#isInStep = true;
      if (orphan?.isCarried && asked.is === 'carried')
        this.#match({ ...asked, number: asked.number - 1, isLast: false }, orphan);
      else if (orphan !== undefined) drop(orphan);
    }
    const answered = this.#answers.shift();
    if (answered !== undefined) this.#match(asked, answered);
    else if (this.#requests.push(asked) > MAX_WAITING) this.lose();
  }

  #match(asked: Asked, answered: Answered): void {
    if (asked.is === 'other') drop(answered);
    else {
      const { tunnel, number, isLast } = asked;
      const passedBytes = answered.isCarried ? INTERVAL_BYTES : ALL_BYTES;
      tunnel.toClient.add({ number, body: answered.body, isLast, passedBytes });
    }
  }
}

function drop({ body }: Answered): void {
  body.give(unread);
}

/** Answers of which nobody knows what was asked: they are those of one tunnel, until one brings the id of another. */
class AnswersAlone {
  readonly #tunnels: CapturedTunnels;
  #tunnel: CapturedTunnel | undefined;
  #number = 0;

  constructor(tunnels: CapturedTunnels) {
    this.#tunnels = tunnels;
  }

  /** Reads the next answer. */
  next(): BodySink {
    let first = Buffer.alloc(0);
    let body: HeldBody | undefined;
    const begin = (): HeldBody => {
      body = new HeldBody(this.#tunnels.budget);
      this.#tunnel ??= this.#open('?');
      this.#tunnel.toClient.add({
        number: this.#number++,
        body,
        isLast: false,
        passedBytes: INTERVAL_BYTES,
      });
      return body;
    };
    return {
      push: (bytes, timeMs) => {
        if (body !== undefined) {
          body.push(bytes, timeMs);
          return;
        }
        first = Buffer.concat([first, bytes]);
        if (first.length <= MAX_ID_BYTES && TUNNEL_ID.test(first.toString('latin1'))) return;
        begin().push(first, timeMs);
      },
      gap: (bytes) => (body ?? begin()).gap(bytes),
      end: (isWhole) => {
        if (body !== undefined) body.end(isWhole);
        else if (first.length > 0) this.#tunnel = this.#open(first.toString('latin1').trimEnd());
      },
    };
  }

  #open(id: string): CapturedTunnel {
    this.#number = 0;
    return this.#tunnels.of(id, {});
  }
}
