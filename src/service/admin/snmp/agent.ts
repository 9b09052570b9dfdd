import { createHash } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { SnmpSettings } from '../../../config/admin/snmp-settings.ts';
import { NetworkList } from '../../../config/networks.ts';
import { isSameSecret } from '../../../credentials/constant-time.ts';
import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import { version } from '../../../version.ts';
import { cannotListen, endpoint } from '../../listen/listener.ts';
import type { RelayControl } from '../relay-control.ts';
import { answerRequest } from './answer.ts';
import { BerError } from './ber.ts';
import { Figures } from './figures.ts';
import { decodeMessage, encodeCommunityMessage } from './message.ts';
import type { MibView } from './mib-view.ts';
import { decodeRequest, type RequestPdu } from './pdu.ts';
import type { SnmpCounts, SnmpOutcome } from './snmp-counts.ts';
import { readSnmpSecrets, type SnmpSecrets } from './snmp-secrets.ts';
import { makeView, StreamNumbers } from './streampump-mib.ts';
import { UserSecurity } from './user-security.ts';

/** Variables are as they were for so long, milliseconds: a walk asks for thousands. */
const VIEW_MS = 1000;

/** A request of more bytes is none that an agent without SET could be asked. */
const MAX_REQUEST_BYTES = 2048;

/** Of the variables in one answer, so that it fits into one packet of any network. */
const MAX_VARIABLE_BYTES = 1200;

/** Requests that wait for their variables at a time. */
const MAX_WAITING = 1000;

/** How often it is told that requests fail, milliseconds. */
const TELL_MS = 60_000;

/** Starts are counted in seconds since then, so that a later one has a larger number: 2024-01-01. */
const FIRST_BOOT_SECONDS = 1_704_067_200;

/** What an agent needs of the relay. */
export interface SnmpHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly relay: Pick<RelayControl, 'figures' | 'readiness' | 'settings'>;
  readonly counts: SnmpCounts;
}

/** Answers managers that may read: by SNMP version 2c and 3, from networks that the settings name, and nobody else. */
export class SnmpAgent {
  readonly #socket: Socket;
  readonly #host: SnmpHost;
  readonly #startedAt: number;
  readonly #engine: { readonly id: Buffer; readonly boots: number; time(): number };
  readonly #numbers = new StreamNumbers();
  #networks: NetworkList = new NetworkList([]);
  #secrets: SnmpSecrets = { communities: [], users: [] };
  #users: UserSecurity;
  #requestsPerSecond = 0;
  /** Requests that may still come in the second that began then. */
  #second: { readonly at: number; left: number } = { at: Number.NEGATIVE_INFINITY, left: 0 };
  #view: { readonly at: number; readonly made: Promise<MibView> } | undefined;
  #waiting = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  private constructor(socket: Socket, settings: SnmpSettings, host: SnmpHost) {
    this.#socket = socket;
    this.#host = host;
    this.#startedAt = host.clock.now();
    this.#engine = {
      id: engineIdOf(host.relay.settings.name),
      boots: Math.max(1, Math.floor(Date.now() / 1000) - FIRST_BOOT_SECONDS),
      time: () => Math.floor((host.clock.now() - this.#startedAt) / 1000),
    };
    this.#users = new UserSecurity([], this.#engine);
    this.configure(settings);
  }

  /**
   * Opens an agent.
   * @param isShared - whether a successor may have the port beside it
   * @throws ListenError when the port cannot be had, CredentialFileError when a secret cannot be read
   */
  static async open(settings: SnmpSettings, host: SnmpHost, isShared: boolean): Promise<SnmpAgent> {
    const { port } = settings;
    const { address } = await lookup(settings.host).catch((error: unknown) => {
      throw cannotListen('snmp', settings, error);
    });
    const type = isIPv6(address) ? 'udp6' : 'udp4';
    const socket = createSocket({ type, reusePort: isShared });
    try {
      const agent = new SnmpAgent(socket, settings, host);
      const listening = once(socket, 'listening'); // rejects on 'error'
      socket.bind({ address, port });
      await listening;
      socket.on('error', ({ message }) => host.log.error('accept', `SNMP: ${message}`, { listener: 'snmp' }));
      socket.on('message', (bytes, from) => agent.#onMessage(bytes, from));
      agent.#announce();
      return agent;
    } catch (error) {
      socket.close();
      if (error instanceof Error && 'syscall' in error) throw cannotListen('snmp', settings, error);
      throw error;
    }
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Goes by other settings, but for host and port. @throws CredentialFileError; then the old ones hold */
  configure(settings: SnmpSettings): void {
    const secrets = readSnmpSecrets(settings);
    this.#users = new UserSecurity(secrets.users, this.#engine);
    this.#secrets = secrets;
    this.#networks = new NetworkList(settings.networks);
    this.#requestsPerSecond = settings.requestsPerSecond;
  }

  close(): void {
    this.#socket.removeAllListeners('message').close();
  }

  #announce(): void {
    const { address, port } = this.#socket.address();
    const text = `listening snmp ${endpoint(address, port)}`;
    this.#host.log.info('listening', text, { listener: 'snmp', host: address, port });
  }

  #onMessage(bytes: Buffer, from: RemoteInfo): void {
    const problem = this.#problemOf(bytes, from);
    if (problem !== undefined) {
      this.#host.counts.note(problem);
      return;
    }
    this.#waiting++;
    void this.#take(bytes, from)
      .catch((error: unknown) => this.#outcomeOf(error))
      .then((outcome) => {
        this.#waiting--;
        this.#host.counts.note(outcome);
      });
  }

  /** Why a datagram is not even read. */
  #problemOf({ length }: Buffer, { address }: RemoteInfo): SnmpOutcome | undefined {
    if (!this.#networks.contains(address)) return 'foreign';
    if (this.#waiting >= MAX_WAITING || !this.#mayTake()) return 'too-many';
    return length > MAX_REQUEST_BYTES ? 'malformed' : undefined;
  }

  /** A fault of our own is told once a minute. */
  #outcomeOf(error: unknown): SnmpOutcome {
    if (error instanceof BerError) return 'malformed';
    const now = this.#host.clock.now();
    if (now - this.#toldAt >= TELL_MS) {
      this.#toldAt = now;
      this.#host.log.error('bug', `a request of SNMP failed: ${bugText(error)}`);
    }
    return 'failed';
  }

  async #take(bytes: Buffer, from: RemoteInfo): Promise<SnmpOutcome> {
    const message = decodeMessage(bytes);
    if (message.version === 2) {
      const { community } = message;
      const isKnown = this.#secrets.communities.filter((known) => isSameSecret(known, community)).length > 0;
      if (!isKnown) return 'unauthorized';
      const request = decodeRequest(message.pdu);
      this.#send(encodeCommunityMessage(community, await this.#answer(request)), from);
      return 'answered';
    }
    const opened = this.#users.open(message);
    if ('fault' in opened) {
      if (opened.report !== undefined) this.#send(opened.report, from);
      return 'unauthorized';
    }
    this.#send(opened.seal(await this.#answer(opened.request)), from);
    return 'answered';
  }

  async #answer(request: RequestPdu): Promise<Buffer> {
    return answerRequest(request, await this.#currentView(), MAX_VARIABLE_BYTES);
  }

  /** One for all who ask within a second. */
  #currentView(): Promise<MibView> {
    const at = this.#host.clock.now();
    if (this.#view !== undefined && at - this.#view.at < VIEW_MS) return this.#view.made;
    const made = this.#makeView();
    this.#view = { at, made };
    return made;
  }

  async #makeView(): Promise<MibView> {
    const { clock, relay, counts } = this.#host;
    const figures = new Figures(await relay.figures());
    const { name } = relay.settings;
    const uptimeMs = clock.now() - this.#startedAt;
    const facts = { name, version, uptimeMs, dropped: counts.dropped, readiness: relay.readiness };
    return makeView(figures, facts, this.#numbers);
  }

  #send(bytes: Buffer, { port, address }: RemoteInfo): void {
    this.#socket.send(bytes, port, address, () => {}); // who cannot be reached asks again, or does not
  }

  #mayTake(): boolean {
    const now = this.#host.clock.now();
    if (now - this.#second.at >= 1000) this.#second = { at: now, left: this.#requestsPerSecond };
    return this.#second.left-- > 0;
  }
}

/** The same for a relay of the same name, at every start. @see RFC 3411 section 5 (SnmpEngineID), format 5 */
function engineIdOf(name: string): Buffer {
  const hash = createHash('sha256').update(`streampump ${name}`).digest();
  return Buffer.concat([Buffer.from([0x80, 0, 0x1f, 0x88, 5]), hash.subarray(0, 12)]);
}
