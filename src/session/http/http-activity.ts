import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from '../connection.ts';
import type { PlayerLeft, SessionActivity, SessionRole } from '../session.ts';
import type { StreamFormats } from '../stream-format.ts';
import type { HttpOrigins } from './http-origins.ts';

/** Answers what is no stream: pages, their scripts, an API. @returns once it is answered; false when it has nothing there */
export type PageHandler = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

/** What all HTTP sessions of a relay have in common. */
export interface HttpSite {
  readonly origins: HttpOrigins;
  readonly formats: StreamFormats;
  readonly pages: PageHandler;
  /** How long a WebSocket client has to take what is left and to answer that it is closed, milliseconds. */
  readonly closeTimeoutMs: number;
}

/** One request with the answer to it. */
export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whether the client waits to be asked for the body. */
  readonly expectsContinue: boolean;
}

/** What goes on between a request and the end of its answer. */
export interface HttpActivity {
  readonly role: SessionRole;
  /** What is done by a grant, as long as it is. */
  readonly activity: SessionActivity | undefined;
  begin(): void;
  /** The relay lets the client go. */
  dismiss(reason: string): void;
  /** The client will send no more. */
  onHalfClosed?(): void;
  /** The client's bytes are no HTTP any more. */
  onBroken(): void;
  /** The connection is gone. @param why - why a player leaves it */
  onCut(why: PlayerLeft): void;
}

/** The connection as an activity sees it. */
export interface HttpHost {
  readonly connection: Connection;
  readonly site: HttpSite;
  /** Answers with a sentence; the connection stays for the next request. */
  answer(status: number, text: string, headers?: Record<string, string>): void;
  /** Answers with a sentence, whatever else the client is sending, and closes the connection. */
  farewell(status: number, text: string, headers?: Record<string, string>): void;
  /** The answer is written to its end: what is left of it is taken, then comes the next request. */
  finish(): void;
  /** Closes the connection in the middle of an answer, so that the client cannot take it for the end. */
  cut(): void;
  destroy(): void;
}
