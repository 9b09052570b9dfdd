import type { Challenge, Grant, Refusal } from '../access.ts';
import type { Connection } from '../connection.ts';
import { type Asker, Inquiry } from '../inquiry.ts';
import type { SessionActivity } from '../session.ts';

/** Who answers connect. */
export interface RtmpConnectWire {
  onConnected(): void;
  onDenied(denial: Refusal | Challenge): void;
  onMissed(): void;
  onDecided(): void;
  onRevoked(reason: string): void;
}

/** The leave to be connected at all, as long as the connection. */
export class RtmpConnect implements SessionActivity, Asker {
  readonly verb = 'connect';
  readonly key = '';
  readonly #wire: RtmpConnectWire;
  #inquiry: Inquiry | undefined;
  #grant: Grant | undefined;

  constructor(connection: Connection, wire: RtmpConnectWire) {
    this.#wire = wire;
    this.#inquiry = new Inquiry(connection, this);
  }

  /** Asks whether the client may be here. @param path - the relays that it claims to be, or to stand for */
  begin(path: readonly string[]): void {
    this.#inquiry?.ask('connect', { readings: [], credentials: {}, origin: undefined, path });
  }

  get identity(): string | undefined {
    return this.#grant?.identity;
  }

  get until(): number {
    return this.#grant?.until ?? Number.POSITIVE_INFINITY;
  }

  /** Whether the client is believed to be a relay. */
  get isRelay(): boolean {
    return this.#grant !== undefined && this.#grant.path.length > 0;
  }

  /** The connection is over. */
  leave(): void {
    this.#inquiry?.cancel();
    this.#grant?.release();
    this.#grant = undefined;
  }

  revoke(reason: string): void {
    this.#wire.onRevoked(reason);
  }

  onGranted(grant: Grant): undefined {
    this.#grant = grant;
    this.#inquiry = undefined;
    this.#wire.onConnected();
  }

  onDenied(denial: Refusal | Challenge): void {
    this.#wire.onDenied(denial);
  }

  onMissed(): void {
    this.#wire.onMissed();
  }

  onDecided(): void {
    this.#wire.onDecided();
  }
}
