import { randomBytes } from 'node:crypto';
import type { HouseLinkSettings } from '../../../../config/house/house-link-settings.ts';
import { CredentialFileError } from '../../../../credentials/credential-file.ts';
import type { Log } from '../../../../log.ts';
import type { HouseSample } from '../../../../metrics/metrics-source.ts';
import { type Connect, ServerConnector } from '../../../../session/upstream/server-connector.ts';
import type { Clock } from '../../../../stream/clock.ts';
import { version } from '../../../../version.ts';
import type { RelayControl } from '../../../admin/relay-control.ts';
import type { HouseStatus } from '../../../admin/relay-status.ts';
import type { HouseMessage, HouseWelcome } from '../../../fleet-link/house-message.ts';
import { LINK_VERSION } from '../../../fleet-link/link-limits.ts';
import type { RelayMessage } from '../../../fleet-link/relay-message.ts';
import { CertificateError } from '../../../listen/tls/authorities.ts';
import type { GivenConfig, GoBy } from '../given/given-config.ts';
import { readHouseKey } from '../house-key.ts';
import type { HouseMember } from '../house-member.ts';
import { Obedience } from '../obeying/obedience.ts';
import { TelemetryReporter } from '../reporting/telemetry-reporter.ts';
import { AddressTurns, houseAddress } from './house-address.ts';
import { HouseSocket, type HouseSocketWish } from './house-socket.ts';
import { readHouseTrust } from './house-trust.ts';
import { RetryWindow } from './retry-window.ts';

/** A link that has held so long has held, milliseconds. */
const STEADY_MS = 5000;

/** What a link needs of the relay. */
export interface HouseLinkHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly relay: Pick<RelayControl, 'changes' | 'process' | 'readiness' | 'settings'> & {
    readonly member: HouseMember;
  };
  readonly given: GivenConfig;
  readonly goBy: GoBy;
  readonly random?: () => number;
}

type State =
  | { readonly at: 'waiting'; readonly stop: () => void }
  | { readonly at: 'connecting'; readonly socket: HouseSocket }
  | {
      readonly at: 'linked';
      readonly socket: HouseSocket;
      readonly reporter: TelemetryReporter;
      readonly name: string;
      /** Milliseconds since 1970. */
      readonly since: number;
      readonly linkedAt: number;
    }
  | { readonly at: 'closed' };

/** The link of a relay to its house: one owner of every try to have it. Without it the relay goes on as it is. */
export class HouseLink {
  readonly #house: HouseLinkSettings;
  readonly #host: HouseLinkHost;
  readonly #log: Log;
  readonly #obedience: Obedience;
  readonly #window: RetryWindow;
  readonly #turns = new AddressTurns();
  /** Another one at each start. */
  readonly #instance = randomBytes(9).toString('base64url');
  #state: State;
  #lastError: string | undefined;
  #connects = { linked: 0, failed: 0 };
  #lost = 0;

  constructor(house: HouseLinkSettings, host: HouseLinkHost) {
    this.#house = house;
    this.#host = host;
    this.#log = host.log.with({ house: house.url });
    this.#window = new RetryWindow(host.random);
    const connect: Connect = (to, onDone) => this.#connector().connect(to, onDone);
    this.#obedience = new Obedience({ ...host, log: this.#log, connect });
    const { bans } = host.given;
    const now = Date.now();
    host.relay.member.keepOut(bans.map(({ until, ...ban }) => [ban, Math.max(0, until - now)]));
    this.#state = { at: 'waiting', stop: host.clock.after(0, () => this.#connect()) };
  }

  get status(): HouseStatus {
    const state = this.#state;
    const { url, id } = this.#house;
    const { revision, problem } = this.#host.given.tried;
    return {
      ...{ url, id, revision: this.#host.given.revision },
      state: state.at === 'closed' ? 'waiting' : state.at,
      name: state.at === 'linked' ? state.name : null,
      since: state.at === 'linked' ? new Date(state.since).toISOString() : null,
      lastError: this.#lastError ?? null,
      reconnects: Math.max(0, this.#connects.linked - 1),
      configProblem: problem === null ? null : `${revision}: ${problem}`,
    };
  }

  get sample(): HouseSample {
    return {
      isUp: this.#state.at === 'linked',
      connects: Object.entries(this.#connects),
      lost: this.#lost,
      isConfigGood: this.#host.given.tried.problem === null,
    };
  }

  close(): void {
    this.#leave();
    this.#state = { at: 'closed' };
  }

  #connect(): void {
    try {
      const socket = new HouseSocket(this.#wish(), {
        onOpen: () => this.#sayHello(socket),
        onMessage: (message) => this.#onMessage(socket, message),
        onEnd: (why, pauseMs) => this.#onEnd(why, pauseMs),
      });
      this.#state = { at: 'connecting', socket };
    } catch (error) {
      if (!(error instanceof CertificateError || error instanceof CredentialFileError)) throw error;
      this.#onEnd(error.message);
    }
  }

  /** Files are read each time: they may have been replaced. @throws CertificateError, CredentialFileError */
  #wish(): HouseSocketWish {
    const { url, ...to } = houseAddress(this.#house.url);
    const key = readHouseKey(this.#house);
    const connector = this.#connector(true);
    const basic = Buffer.from(`${this.#house.id}:${key}`).toString('base64');
    return {
      clock: this.#host.clock,
      url,
      authorization: key === undefined ? undefined : `Basic ${basic}`,
      connect: (onDone) => connector.connectBy(to, this.#turns.lookup, onDone),
    };
  }

  /** As the relay connects with others. @param isHouse - with the authorities of the house */
  #connector(isHouse = false): ServerConnector {
    const { proxy } = this.#host.relay.settings;
    const { clock } = this.#host;
    return new ServerConnector(clock, isHouse ? { proxy, trust: readHouseTrust(this.#house) } : { proxy });
  }

  #sayHello(socket: HouseSocket): void {
    const software = `streampump ${version}`;
    const { revision } = this.#host.given;
    const hello: RelayMessage = {
      ...{ type: 'hello', version: LINK_VERSION, software, instance: this.#instance, revision },
    };
    socket.send(JSON.stringify(hello));
  }

  #onMessage(socket: HouseSocket, message: HouseMessage): void {
    const state = this.#state;
    if (message.type === 'welcome') {
      if (state.at === 'connecting') this.#onWelcome(socket, message);
      return;
    }
    if (state.at !== 'linked') return; // it has not said who it is
    void this.#obedience.obey(message).then((answer) => {
      socket.send(JSON.stringify(answer));
      if (message.type === 'config' && this.#state.at === 'linked') this.#state.reporter.report();
    });
  }

  #onWelcome(socket: HouseSocket, { name, telemetryIntervalMs }: HouseWelcome): void {
    const { clock, relay, given, random } = this.#host;
    socket.settle();
    this.#connects.linked++;
    this.#lastError = undefined;
    const reporter = new TelemetryReporter(
      {
        ...{ clock, relay, log: this.#log },
        config: () => given.tried,
        send: (text) => socket.send(text),
      },
      telemetryIntervalMs,
      random,
    );
    const linkedAt = clock.now();
    this.#state = { at: 'linked', socket, reporter, name, since: Date.now(), linkedAt };
    this.#log.info('house', `linked to the house at ${this.#house.url}`, { reason: null });
  }

  #onEnd(why: string, pauseMs = 0): void {
    const { clock } = this.#host;
    const state = this.#state;
    if (state.at === 'closed') return;
    if (state.at === 'linked') {
      this.#lost++;
      if (clock.now() - state.linkedAt >= STEADY_MS) this.#window.reset();
    } else this.#connects.failed++;
    this.#leave();
    this.#turns.next();
    const ms = pauseMs + this.#window.next();
    const what = state.at === 'linked' ? 'lost the house' : 'cannot link to the house';
    const text = `${what} at ${this.#house.url}: ${why}; the relay goes on, next try in ${(ms / 1000).toFixed(1)} s`;
    const isNews = state.at === 'linked' || why !== this.#lastError;
    this.#log[isNews ? 'warn' : 'debug']('house', text, { reason: why });
    this.#lastError = why;
    this.#state = { at: 'waiting', stop: clock.after(ms, () => this.#connect()) };
  }

  #leave(): void {
    const state = this.#state;
    if (state.at === 'waiting') state.stop();
    else if (state.at === 'linked') state.reporter.close();
    if (state.at === 'linked' || state.at === 'connecting') state.socket.close();
  }
}
