import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DeadlineSettings } from '../../config/relay-settings.ts';
import { type Challenge, isRefusal, type Refusal } from '../access.ts';
import type { Connection, Wish } from '../connection.ts';
import type { PlayerLeft, SessionActivity, SessionRole } from '../session.ts';
import type { StreamFormats } from '../stream-format.ts';
import type { ForwardedPeers } from './forwarded-peers.ts';
import type { HttpOrigins } from './http-origins.ts';
import { denialHeaders, type HeaderFields, statusOf } from './http-status.ts';
import type { StreamTarget } from './http-target.ts';
import { wishOf } from './http-wish.ts';

/** Answers what is no stream: pages, their scripts, an API. @returns once it is answered; false when it has nothing there */
export type PageHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  visitor: PageVisitor,
) => boolean | Promise<boolean>;

/** Whoever asks for a page, who is not always whom the connection is with. */
export interface PageVisitor extends Pick<Connection, 'request'> {
  /** The body of the request is wanted now: it is kept unread until then. */
  readBody(): void;
  /** It is known who asks: the answer may take as long as it likes, and the connection is not pending meanwhile. */
  linger(): void;
}

/**
 * Takes over a connection that goes on with another protocol: it answers the request, or cuts the connection.
 * @param head - what has come behind the request
 */
export type TakeUpgrade = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  visitor: UpgradeVisitor,
) => void;

/** Whoever asks for an upgrade; counts as a session until the socket closes. */
export interface UpgradeVisitor extends Pick<Connection, 'address' | 'isTls' | 'log' | 'request'> {
  /** It is known who asks: the connection is not pending any more. */
  accept(): void;
  /** The service ends, and gives the peer a moment; without this the connection is cut. */
  onDismiss(tell: (reason: string) => void): void;
}

/** What goes on beyond one request and its answer, and is carried by several, on one connection or many. */
export interface CarriedSession {
  readonly isOpen: boolean;
  /** Whether it is known what the client is here for. */
  readonly isAccepted: boolean;
}

/** What all HTTP sessions of a relay have in common. */
export interface HttpSite {
  readonly origins: HttpOrigins;
  readonly forwarded: ForwardedPeers;
  readonly formats: StreamFormats;
  readonly pages: PageHandler;
  /** Protocols on top of HTTP, by the `dialogue` of their formats. */
  readonly dialogues: ReadonlyMap<string, RouteStream>;
  /** What answers the requests of tunnels; undefined where there are none. */
  readonly tunnels?: RequestRoute | undefined;
  /** What answers requests for recordings; undefined where there are none. */
  readonly recordings?: RequestRoute | undefined;
  /** What answers calls; undefined where nothing does. */
  readonly gateway?: RequestRoute | undefined;
  /** What takes a connection that is to be upgraded at a path that is no stream's; none where it is left out. */
  readonly upgrades?: ReadonlyMap<string, TakeUpgrade> | undefined;
  /** Where WebSockets call methods; null: nowhere. It may change. */
  readonly calls?: { readonly rpcPath: string | null } | undefined;
  /** Where a GET is redirected that asks for nothing that is there; null: nowhere. It may change. */
  readonly redirectUnknownTo: string | null;
  /** A WebSocket client has `idleMs` to take what is left and to answer that it is closed; that may change. */
  readonly deadlines: Pick<DeadlineSettings, 'idleMs'>;
}

/** Answers requests at paths of its own. */
export interface RequestRoute {
  /** Whether a request is one of those: how often they may come is not for the connection to say. */
  takes(request: IncomingMessage): boolean;
  answer(host: HttpHost, exchange: HttpExchange): void;
}

/** Looks at a request for a stream, and answers it or hands it over to what does. */
export type RouteStream = (host: HttpHost, exchange: HttpExchange, target: StreamTarget) => void;

/** One request with the answer to it. */
export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whether the client waits to be asked for the body. */
  readonly expectsContinue: boolean;
}

/** The connection as whoever answers a request sees it. */
export interface HttpHost extends Connection, PageVisitor {
  readonly site: HttpSite;
  /** Hands the request over. */
  start(activity: HttpActivity): void;
  /** The request is one of many that carry something: the connection is not pending as long as that is accepted. */
  carry(carried: CarriedSession): void;
  /** Takes one of the requests that a connection may send; it is refused where there are none left. */
  mayAsk(): boolean;
  /** Whether other requests have come behind this one. */
  readonly isFollowed: boolean;
  /** Whether the connection closes behind this answer. */
  readonly isLast: boolean;
  /** Bytes of bodies that another session counts, for which they were carried. */
  countCarried(receivedBytes: number, sentBytes: number): void;
  /** Whether the request is still to be answered. */
  isAnswering(exchange: HttpExchange): boolean;
  /** Answers with a sentence, or with a head alone where that is empty; the connection stays for the next request. */
  answer(status: number, text: string, headers?: HeaderFields): void;
  /** The same, whatever else the client is sending, and closes the connection. */
  farewell(status: number, text: string, headers?: HeaderFields): void;
  /** The client was told that the connection waits so long for its next request, milliseconds; if not, `deadlines.idleMs`. */
  waitFor(ms: number): void;
  /** The answer is written to its end: what is left of it is taken, then comes the next request. */
  finish(): void;
  /** Closes the connection in the middle of an answer, so that the client cannot take it for the end. */
  cut(): void;
}

/** A play or publication of a client of HTTP, wherever its stream is kept. */
export interface HttpDeed extends SessionActivity {
  readonly role: SessionRole;
  /** Ends it with a word: the client may come back elsewhere. */
  dismiss(reason: string): void;
}

/** What goes on between a request and the end of its answer. */
export abstract class HttpActivity {
  /** What is done by a grant, as long as it is. */
  abstract readonly activity: HttpDeed | undefined;
  /** What every answer to the request has, whoever gives it. */
  readonly headers: HeaderFields = {};
  /** The status that tells of a fault in the body. */
  readonly faultStatus: number = 400;
  protected readonly host: HttpHost;
  protected readonly exchange: HttpExchange;

  constructor(host: HttpHost, exchange: HttpExchange) {
    this.host = host;
    this.exchange = exchange;
  }

  abstract begin(): void;

  /** Bytes of the body that have come and were not acted on. */
  get partialBytes(): number {
    return this.exchange.request.readableLength;
  }

  /** The client's bytes are no HTTP any more, or end in the middle of a body. */
  abstract onBroken(why: PlayerLeft): void;

  /** The connection is gone, and why. */
  abstract onCut(why: PlayerLeft): void;

  /** Goes on with what has come of a body and was not acted on. */
  proceed(): void {}

  /** Another request has come, to be answered after this one. */
  onFollowed(_next: HttpExchange): void {}

  /** The client will send no more. */
  onHalfClosed(): void {}

  /** The relay lets the client go. */
  dismiss(reason: string): void {
    this.activity?.dismiss(reason);
  }

  /** Has the body come in. */
  protected readBody(): void {
    if (this.exchange.expectsContinue) this.exchange.response.writeContinue();
    this.host.readBody();
  }
}

/** What goes on between a request for a stream and the end of its answer. */
export abstract class StreamActivity extends HttpActivity {
  protected readonly target: StreamTarget;

  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget) {
    super(host, exchange);
    this.target = target;
  }

  /** Refuses what access need not be asked about. */
  protected refuse(refusal: Refusal): void {
    this.host.reject(refusal, this.name);
    this.onDenied(refusal);
  }

  /** It may not play. */
  onDenied(denial: Refusal | Challenge): void {
    const { redirectUnknownTo } = this.host.site;
    const isUnknown = redirectUnknownTo !== null && isRefusal(denial) && denial.refused === 'no-source';
    const told = isUnknown ? { ...denial, redirect: redirectUnknownTo } : denial;
    this.host.answer(statusOf(told, 'play'), told.description, denialHeaders(told));
  }

  /** What the client calls the stream. */
  get name(): string {
    return this.target.reading.key;
  }

  protected get wish(): Wish {
    return wishOf(this.exchange.request, this.target.reading);
  }
}
